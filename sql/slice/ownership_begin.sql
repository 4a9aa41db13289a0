-- Rows without an owner that came up are ours when one of their parents is, over references that
-- are walked both ways, and foreign when some are another tenant's and none is ours. Parents that
-- came down are ours by definition.
CREATE OR REPLACE TEMP TABLE _both AS
SELECT edge.*
FROM slice.edge AS edge
SEMI JOIN (FROM slice.walk WHERE "both") AS walk ON walk.edge = edge.edge;

CREATE OR REPLACE TEMP TABLE _ours AS
SELECT DISTINCT edge.child_tab AS tab, edge.child_row AS "row"
FROM _both AS edge
SEMI JOIN slice.up_row AS child ON child.tab = edge.child_tab AND child."row" = edge.child_row
ANTI JOIN slice.up_row AS parent ON parent.tab = edge.parent_tab AND parent."row" = edge.parent_row
ANTI JOIN (FROM slice.step WHERE how = 'whole') AS shared ON shared.tab = edge.parent_tab;
