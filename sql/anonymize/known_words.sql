-- What the scanner learns, one row per value and person ('': the value as such) with its fake, in
-- a fixed order. Where several persons have a value, the fake of the value itself stands for it;
-- birth dates and numbers are also known in the other forms people write them in.
WITH
    written AS (
        FROM memory.people.word
        UNION ALL
        SELECT
            regexp_replace(_value, '[^0-9]', '', 'g'),
            _kind,
            _key,
            coalesce(nullif(regexp_replace(_fake, '[^0-9]', '', 'g'), ''), _fake)
        FROM memory.people.word
        WHERE regexp_matches(_value, '^[^A-Za-z]*[0-9][^A-Za-z]*$') AND _kind <> 'date_of_birth'
        UNION ALL
        SELECT
            strftime(TRY_CAST(_value AS DATE), '%m/%d/%Y'),
            _kind,
            _key,
            strftime(TRY_CAST(_fake AS DATE), '%m/%d/%Y')
        FROM memory.people.word
        WHERE _kind = 'date_of_birth'
        UNION ALL
        SELECT
            strftime(TRY_CAST(_value AS DATE), '%-m/%-d/%Y'),
            _kind,
            _key,
            strftime(TRY_CAST(_fake AS DATE), '%-m/%-d/%Y')
        FROM memory.people.word
        WHERE _kind = 'date_of_birth'
    ),
    by_value AS (
        SELECT
            _value,
            '' AS _person,
            _kind,
            CASE
                WHEN min(_fake) = max(_fake) THEN min(_fake)
                WHEN _kind = 'first_name' THEN mask_first_name(_value)
                WHEN _kind = 'last_name' THEN mask_last_name(_value)
                WHEN _kind = 'name' THEN mask_name(_value)
                ELSE min(_fake)
            END AS _fake
        FROM written
        GROUP BY _value, _kind
    )
FROM by_value
WHERE _value <> '' AND _fake <> ''
UNION ALL
SELECT _value, _key, _kind, min(_fake)
FROM written
WHERE _key <> '' AND _value <> '' AND _fake <> ''
GROUP BY _value, _key, _kind
ORDER BY _value, _person, _kind;
