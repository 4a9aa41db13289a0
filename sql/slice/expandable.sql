-- Rows of table $tab that came up and belong to nobody else, so that they may descend.
SELECT "row"
FROM slice.up_row AS up
ANTI JOIN slice.foreign_row AS theirs ON theirs.tab = up.tab AND theirs."row" = up."row"
WHERE up.tab = $tab;
