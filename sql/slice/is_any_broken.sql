-- Whether anything is to be settled: references to foreign rows, or dangling ones with a cure.
SELECT
    EXISTS (FROM slice.foreign_edge)
    OR EXISTS (FROM slice.foreign_row)
    OR EXISTS (FROM slice.cured);
