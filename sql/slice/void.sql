-- References that name nothing any more, because a cut emptied a column of theirs; of a list those
-- of the members that were taken out.
CREATE OR REPLACE TEMP TABLE _void AS
SELECT DISTINCT unnest(walk.voids) AS edge, broken.child_row, walk.is_list, walk.take
FROM _broken AS broken
JOIN slice.walk AS walk ON walk.edge = broken.edge AND walk.nullable;

DELETE FROM slice.foreign_edge AS this
USING _void
WHERE _void.edge = this.edge AND _void.child_row = this.child_row;

DELETE FROM slice.edge AS this
USING _void
WHERE _void.edge = this.edge
    AND _void.child_row = this.child_row
    AND (
        NOT _void.is_list
        OR EXISTS (
            FROM slice.removed AS gone
            WHERE gone.tab = this.parent_tab AND gone."row" = this.parent_row
        )
        OR (NOT _void.take AND EXISTS (
            FROM slice.foreign_row AS theirs
            WHERE theirs.tab = this.parent_tab AND theirs."row" = this.parent_row
        ))
    );
