-- Forgets the cuts of rows that did not stay.
DELETE FROM slice.cut AS this
WHERE EXISTS (
        FROM slice.removed AS gone
        WHERE gone.tab = this.child_tab AND gone."row" = this.child_row
    )
    OR EXISTS (
        FROM slice.up_row AS up
        ANTI JOIN slice.kept AS kept ON kept.tab = up.tab AND kept."row" = up."row"
        WHERE up.tab = this.child_tab AND up."row" = this.child_row
    );
