-- One step: rows that came up and that a kept row references.
INSERT INTO slice.kept
SELECT DISTINCT needs.parent_tab, needs.parent_row
FROM _needs AS needs
SEMI JOIN slice.kept AS child ON child.tab = needs.child_tab AND child."row" = needs.child_row
ANTI JOIN slice.kept AS known ON known.tab = needs.parent_tab AND known."row" = needs.parent_row;
