-- References that name nothing any more, because a cut emptied a column of theirs.
CREATE OR REPLACE TEMP TABLE _void AS
SELECT DISTINCT unnest(walk.voids) AS edge, broken.child_row
FROM _broken AS broken
JOIN slice.walk AS walk ON walk.edge = broken.edge AND walk.nullable;

DELETE FROM slice.foreign_edge AS this
USING _void
WHERE _void.edge = this.edge AND _void.child_row = this.child_row;

DELETE FROM slice.edge AS this
USING _void
WHERE _void.edge = this.edge AND _void.child_row = this.child_row;
