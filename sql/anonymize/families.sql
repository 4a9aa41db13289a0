-- known: one row per person, each fact as the first table that has it says. edge: who is of one
-- family, both ways. family: where everybody starts, with himself.
CREATE TABLE memory.people.known AS
SELECT
    _key,
    first(_gender ORDER BY _order, _gender) FILTER (_gender <> '') AS _gender,
    first(_age ORDER BY _order, _age) FILTER (_age IS NOT NULL) AS _age,
    first(_grade ORDER BY _order, _grade) FILTER (_grade IS NOT NULL) AS _grade,
    first(_first ORDER BY _order, _first) FILTER (_first <> '') AS _first,
    first(_last ORDER BY _order, _last) FILTER (_last <> '') AS _last
FROM memory.people.stated
WHERE _key IS NOT NULL
GROUP BY _key;

CREATE TABLE memory.people.edge AS
WITH paired AS (
    SELECT _one, _other, _same_surname FROM memory.people.kin
    UNION ALL
    SELECT _other, _one, _same_surname FROM memory.people.kin
)
SELECT DISTINCT paired._one, paired._other
FROM paired
JOIN memory.people.known AS one ON one._key = paired._one
JOIN memory.people.known AS other ON other._key = paired._other
WHERE
    paired._one <> paired._other
    AND (
        NOT paired._same_surname
        OR lower(strip_accents(trim(one._last))) = lower(strip_accents(trim(other._last)))
    );

CREATE TABLE memory.people.family AS
SELECT DISTINCT _one AS _key, _one AS _family FROM memory.people.edge;
