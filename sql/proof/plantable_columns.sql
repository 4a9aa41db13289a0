-- The kept or masked ($3) columns of a table ($1, $2), those that can hold any text first, and of
-- the masked ones those whose values say most.
SELECT here."column"
FROM meta."column" AS here
JOIN meta.strategy AS strategy USING (store, "table", "column")
WHERE
    here.store = $1
    AND here."table" = $2
    AND CASE $3
        WHEN 'kept' THEN strategy.strategy = 'preserve'
        ELSE strategy.strategy NOT IN ('preserve', 'nullify', 'constant')
    END
ORDER BY
    strategy.strategy = 'scan',
    here.duck_type <> 'VARCHAR',
    strategy.expression NOT LIKE '%mask_email(%',
    strategy.strategy NOT IN ('fpe', 'hash', 'tokenize'),
    here.position;
