-- References of rows that stay to rows that do not.
CREATE OR REPLACE TEMP TABLE _broken AS
WITH gone AS (
    SELECT edge, child_tab, child_row
    FROM slice.foreign_edge
    UNION ALL
    SELECT edge, child_tab, child_row
    FROM slice.cured
    UNION ALL
    SELECT edge.edge, edge.child_tab, edge.child_row
    FROM slice.edge AS edge
    SEMI JOIN slice.foreign_row AS parent
        ON parent.tab = edge.parent_tab AND parent."row" = edge.parent_row
    ANTI JOIN (FROM slice.walk WHERE take) AS taken ON taken.edge = edge.edge
    UNION ALL
    SELECT edge.edge, edge.child_tab, edge.child_row
    FROM slice.edge AS edge
    SEMI JOIN slice.removed AS parent
        ON parent.tab = edge.parent_tab AND parent."row" = edge.parent_row
)
SELECT DISTINCT gone.edge, gone.child_tab, gone.child_row
FROM gone
LEFT JOIN slice.up_row AS up ON up.tab = gone.child_tab AND up."row" = gone.child_row
LEFT JOIN slice.kept AS kept ON kept.tab = gone.child_tab AND kept."row" = gone.child_row
LEFT JOIN slice.removed AS removed
    ON removed.tab = gone.child_tab AND removed."row" = gone.child_row
WHERE (up.tab IS NULL OR kept.tab IS NOT NULL) AND removed.tab IS NULL;
