-- Broken references that are emptied.
INSERT INTO slice.cut
SELECT edge, child_tab, child_row
FROM _broken;
