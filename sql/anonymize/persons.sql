-- person: the person key as the masks take it, and what birth dates are made of; contact: the
-- person behind an address. One e-mail address or login of two persons is the first one's, a
-- telephone of two is nobody's.
CREATE TABLE memory.people.person AS
WITH placed AS (
    SELECT
        known.*,
        family._family,
        -- A family evades one surname, or its members would evade differently.
        min(known._last) OVER (PARTITION BY coalesce(family._family, known._key)) AS _surname
    FROM memory.people.known AS known
    LEFT JOIN memory.people.family AS family USING (_key)
)
SELECT
    _key,
    mask_person(_key, _family, _gender, _first, _surname) AS _text,
    _gender,
    _age,
    -- A grade implies an age: five in kindergarten, and half a class turns older during the year.
    _grade + 5 AS _least,
    _grade + 6 AS _greatest
FROM placed;

CREATE TABLE memory.people.contact AS
SELECT reached._kind, reached._value, arg_min(person._text, person._key) AS _text
FROM memory.people.reached AS reached
JOIN memory.people.person AS person USING (_key)
WHERE reached._value <> ''
GROUP BY reached._kind, reached._value
HAVING reached._kind = 'login' OR count(DISTINCT person._key) = 1;

CREATE MACRO memory.people.of_key(person) AS (
    SELECT _person._text FROM memory.people.person AS _person WHERE _person._key = person
);

CREATE MACRO memory.people.gender_of(person) AS (
    SELECT _person._gender FROM memory.people.person AS _person WHERE _person._key = person
);

CREATE MACRO memory.people.age_of(person) AS (
    SELECT _person._age FROM memory.people.person AS _person WHERE _person._key = person
);

CREATE MACRO memory.people.least_age_of(person) AS (
    SELECT _person._least FROM memory.people.person AS _person WHERE _person._key = person
);

CREATE MACRO memory.people.greatest_age_of(person) AS (
    SELECT _person._greatest FROM memory.people.person AS _person WHERE _person._key = person
);

CREATE MACRO memory.people.at_login(address) AS (
    SELECT _contact._text
    FROM memory.people.contact AS _contact
    WHERE _contact._kind = 'login' AND _contact._value = lower(trim(address::VARCHAR))
);

CREATE MACRO memory.people.at_phone(address) AS (
    SELECT _contact._text
    FROM memory.people.contact AS _contact
    WHERE
        _contact._kind = 'phone'
        AND _contact._value = regexp_replace(address::VARCHAR, '[^0-9]', '', 'g')
);

CREATE MACRO memory.people.of_row(owner, id) AS (
    SELECT _person._text
    FROM memory.people.named AS _named
    JOIN memory.people.person AS _person USING (_key)
    WHERE _named._table = owner AND _named._row = id::VARCHAR
);

CREATE MACRO memory.people.key_of_row(owner, id) AS (
    SELECT _named._key
    FROM memory.people.named AS _named
    WHERE _named._table = owner AND _named._row = id::VARCHAR
);
