-- Takes members out of the lists in $column of the rows whose edge $edge is broken: those whose key
-- is one of $gone. What is left keeps its order; a list without a member becomes $empty. $parts are
-- the members of a list, $member one of them as text and $key its key; $joined is a list again.
UPDATE $table AS this
SET $column = coalesce(short.list, $empty)
FROM (
    WITH
        lists AS (
            SELECT rowid AS _row, $parts AS parts
            FROM $table
            WHERE rowid IN (SELECT child_row FROM _broken WHERE edge = $edge)
        ),
        members AS (
            SELECT _row, unnest(range(len(parts))) AS place, unnest(parts) AS part
            FROM lists
        ),
        keyed AS (
            SELECT _row, place, part, $key AS k0
            FROM (SELECT _row, place, part, $member AS member FROM members)
        ),
        gone AS ($gone),
        kept AS (
            FROM keyed
            ANTI JOIN gone USING (k0)
        )
    SELECT lists._row, shortened.list
    FROM lists
    LEFT JOIN (SELECT _row, $joined AS list FROM kept GROUP BY _row) AS shortened
        ON shortened._row = lists._row
) AS short
WHERE short._row = this.rowid;
