-- Rows of tbl, with their columns, that begin before an earlier span of the same owner has ended.
CREATE OR REPLACE MACRO overlapping(tbl, owner, starts, ends) AS TABLE
    WITH
        _spans AS (
            SELECT owner AS _owner, starts AS _starts, ends AS _ends, * FROM query_table(tbl)
        ),
        _numbered AS (
            SELECT
                *,
                max(coalesce(_ends, 'infinity')) OVER (
                    PARTITION BY _owner
                    ORDER BY _starts, _ends
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) AS _reached
            FROM _spans
            WHERE _starts IS NOT NULL
        )
    SELECT * EXCLUDE (_owner, _starts, _ends, _reached)
    FROM _numbered
    WHERE _starts < _reached;

COMMENT ON MACRO TABLE overlapping IS
    'Rows of tbl whose span of dates begins before an earlier span of the same owner has '
    'ended. An end that is NULL is still open.';
