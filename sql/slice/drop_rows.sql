-- Rows of a table that were left out, or that nothing which stays needs.
DELETE FROM $table
WHERE rowid IN (SELECT "row" FROM slice.removed WHERE tab = $tab)
    OR rowid IN (
        SELECT up."row"
        FROM slice.up_row AS up
        ANTI JOIN slice.kept AS kept ON kept.tab = up.tab AND kept."row" = up."row"
        WHERE up.tab = $tab
    );
