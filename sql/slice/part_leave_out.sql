-- What needs a row that the part cannot have is not in it.
DELETE FROM slice.part AS this
USING slice.part_without AS without
WHERE without.tab = this.tab AND without."row" = this."row";
