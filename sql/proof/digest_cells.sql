-- The statements, one per table, that collect what looks like a digest in what is kept of texts;
-- the largest table first.
SELECT
    format(
        'INSERT INTO memory.main.digest'
        || ' SELECT DISTINCT unnest(regexp_extract_all(lower(cell), ''[0-9a-f]{{32,}}''))'
        || ' FROM (SELECT unnest([{}]) AS cell FROM {} AS this) WHERE length(cell) >= 32',
        string_agg(_text(here."column"), ', '),
        place.path
    )
FROM _place AS place
JOIN meta."column" AS here USING (store, "table")
JOIN meta.strategy AS strategy USING (store, "table", "column")
LEFT JOIN meta.extracted AS extracted USING (store, "table")
WHERE
    strategy.strategy IN ('preserve', 'scan', 'sql')
    AND (
        here.as_text OR here.duck_type IN ('VARCHAR', 'JSON') OR here.duck_type LIKE 'VARCHAR[%'
    )
GROUP BY place.path, extracted.rows
ORDER BY extracted.rows DESC NULLS LAST
