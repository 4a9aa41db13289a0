-- Rows of tbl, with their columns, whose number does not follow the one before it within the same
-- owner.
CREATE OR REPLACE MACRO gaps(tbl, owner, number) AS TABLE
    WITH
        _numbered AS (SELECT owner AS _owner, number AS _number, * FROM query_table(tbl)),
        _ordered AS (
            SELECT *, lag(_number) OVER (PARTITION BY _owner ORDER BY _number) AS _before
            FROM _numbered
            WHERE _number IS NOT NULL
        )
    SELECT * EXCLUDE (_owner, _number, _before)
    FROM _ordered
    WHERE _number > _before + 1;

COMMENT ON MACRO TABLE gaps IS
    'Rows of tbl after a gap: the number before theirs is missing within the owner.';
