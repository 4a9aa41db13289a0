-- Notes what came for one table ($name): rows by the way they came.
INSERT INTO meta.extracted
WITH
    came AS (
        SELECT
            CASE
                WHEN up."row" IS NOT NULL THEN 'up'
                WHEN step.how IN ('root', 'whole') THEN step.how
                ELSE 'down'
            END AS how
        FROM (SELECT rowid AS "row" FROM $name) AS this
        LEFT JOIN slice.step AS step
            ON step.tab = $3 AND this."row" BETWEEN step."first" AND step."last"
        LEFT JOIN slice.up_row AS up ON up.tab = $3 AND up."row" = this."row"
    )
SELECT
    $1,
    $2,
    count(*),
    count(*) FILTER (how = 'root'),
    count(*) FILTER (how = 'down'),
    count(*) FILTER (how = 'up'),
    count(*) FILTER (how = 'whole'),
    $4,
    $5
FROM came;
