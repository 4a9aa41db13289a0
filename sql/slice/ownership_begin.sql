-- Rows without an owner that came up are ours when one of their parents is, over references that
-- are walked both ways, and foreign when some are another tenant's and none is ours. Parents that
-- came down are ours by definition. At this point slice.foreign_row has the rows that say they are
-- another tenant's and were let in all the same.
CREATE OR REPLACE TEMP TABLE _both AS
SELECT edge.*
FROM slice.edge AS edge
SEMI JOIN (FROM slice.walk WHERE "both") AS walk ON walk.edge = edge.edge
ANTI JOIN slice.foreign_row AS theirs
    ON theirs.tab = edge.child_tab AND theirs."row" = edge.child_row;

CREATE OR REPLACE TEMP TABLE _ours AS
SELECT DISTINCT edge.child_tab AS tab, edge.child_row AS "row"
FROM _both AS edge
SEMI JOIN slice.up_row AS child ON child.tab = edge.child_tab AND child."row" = edge.child_row
ANTI JOIN slice.up_row AS parent ON parent.tab = edge.parent_tab AND parent."row" = edge.parent_row
LEFT JOIN (SELECT DISTINCT tab FROM slice.step WHERE how = 'whole') AS shared
    ON shared.tab = edge.parent_tab
LEFT JOIN (FROM slice.descended WHERE came_down) AS down
    ON down.tab = edge.parent_tab AND down."row" = edge.parent_row
WHERE shared.tab IS NULL OR down.tab IS NOT NULL;
