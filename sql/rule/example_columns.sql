-- The columns of one table, in order: name, type, and the valid value an example row gets where it
-- names none; is_numbered: the number of the row follows it, so that keys differ.
SELECT
    "column",
    duck_type,
    CASE
        WHEN nullable THEN NULL
        WHEN len("values") > 0 THEN "values"[1]
        WHEN duck_type = 'BOOLEAN' THEN 'true'
        WHEN duck_type = 'DATE' THEN '2024-09-02'
        WHEN starts_with(duck_type, 'TIMESTAMP') THEN '2024-09-02 08:00:00'
        WHEN regexp_matches(duck_type, 'INT|DECIMAL|DOUBLE|FLOAT') THEN ''
        WHEN duck_type = 'VARCHAR' THEN 'x'
    END AS value,
    coalesce(
        NOT nullable
        AND NOT coalesce(len("values") > 0, false)
        AND NOT regexp_matches(duck_type, '^(BOOLEAN$|DATE$|TIMESTAMP)')
        AND regexp_matches(duck_type, 'INT|DECIMAL|DOUBLE|FLOAT|^VARCHAR$'),
        false
    ) AS is_numbered
FROM meta."column"
WHERE store = $1 AND "table" = $2
ORDER BY position;
