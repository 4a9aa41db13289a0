-- Rows of tbl, with their columns, whose value is smaller than the one before it within the same
-- owner.
CREATE OR REPLACE MACRO descents(tbl, owner, sequence, value) AS TABLE
    WITH
        _steps AS (
            SELECT owner AS _owner, sequence AS _sequence, value AS _value, * FROM query_table(tbl)
        ),
        _ordered AS (
            SELECT *, lag(_value) OVER (PARTITION BY _owner ORDER BY _sequence) AS _before
            FROM _steps
            WHERE _value IS NOT NULL
        )
    SELECT * EXCLUDE (_owner, _sequence, _value, _before)
    FROM _ordered
    WHERE _value < _before;

COMMENT ON MACRO TABLE descents IS
    'Rows of tbl whose value is smaller than the one before it, by sequence within the owner: '
    'the value should never fall.';
