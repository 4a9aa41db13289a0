-- One row: the statements that return all originals, and all that their keepers left in the run.
-- NULL where there are none.
SELECT
    string_agg(
        format(
            'SELECT {} AS origin, {} AS keeper, value, rows, {} AS words, {} AS is_shared'
            || ' FROM ({})',
            origin, coalesce(CAST(keeper AS VARCHAR), 'NULL'), words, is_shared, originals
        ),
        ' UNION ALL '
        ORDER BY origin
    ) AS originals,
    string_agg(
        format('SELECT {} AS keeper, value FROM ({})', keeper, kept), ' UNION ALL ' ORDER BY origin
    ) FILTER (WHERE keeper IS NOT NULL) AS kept
FROM memory.main.origin;
