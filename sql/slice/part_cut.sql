-- References of rows of the part to rows that it leaves out: they are emptied, and listed as cuts.
CREATE OR REPLACE TEMP TABLE _broken AS
SELECT DISTINCT edge.edge, edge.child_tab, edge.child_row
FROM slice.part_edge AS edge
SEMI JOIN slice.part AS child ON child.tab = edge.child_tab AND child."row" = edge.child_row
SEMI JOIN slice.part_without AS parent
    ON parent.tab = edge.parent_tab AND parent."row" = edge.parent_row;

INSERT INTO slice.cut
FROM _broken;
