-- The seed's function of this name: one row with both counts when they differ by more than the
-- tolerance. Aggregated in a subquery and filtered outside, so that empty tables are compared too.
CREATE OR REPLACE MACRO validate_student_counts(tbl, other, tolerance := 0.05) AS TABLE
    SELECT _ours AS count, _theirs AS other_count
    FROM (
        SELECT
            (SELECT count(*) FROM query_table(tbl)) AS _ours,
            (SELECT count(*) FROM query_table(other)) AS _theirs
    )
    WHERE NOT close_to(_ours, _theirs, tolerance);

COMMENT ON MACRO TABLE validate_student_counts IS
    'One row when the row counts of two tables differ by more than the tolerance (a share of '
    'the larger one), else none.';
