-- Keeps what was searched for and where; no value of it.
DELETE FROM meta.searched;

INSERT INTO meta.searched
SELECT
    strategy.store,
    strategy."table",
    strategy."column",
    coalesce(counted.originals, 0) AS originals,
    coalesce(counted.searched, 0) AS searched,
    CASE
        WHEN strategy.strategy IN ('nullify', 'constant') AND strategy.json_path IS NULL
            THEN 'not searched: never read'
        WHEN origin.origin IS NULL THEN
            'not searched: days and numbers of things are compared row by row'
        WHEN coalesce(counted.searched, 0) = 0 AND counted.originals > 0
            THEN 'not searched: every value is one that chance finds'
    END AS note
FROM meta.strategy AS strategy
LEFT JOIN memory.main.origin AS origin USING (store, "table", "column")
LEFT JOIN (
    SELECT origin, count(*) AS originals, count(trace) AS searched
    FROM memory.main.traced
    GROUP BY origin
) AS counted USING (origin)
WHERE strategy.strategy <> 'preserve';

DELETE FROM meta.searched_table;

INSERT INTO meta.searched_table
SELECT store, "table", columns, len(columns) * coalesce(anonymized.rows, extracted.rows) AS cells
FROM _searched
JOIN meta.extracted AS extracted USING (store, "table")
LEFT JOIN meta.anonymized AS anonymized USING (store, "table");
