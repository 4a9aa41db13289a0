-- The row nearest to the wanted one that came down by edge $edge from a row which was left out, and
-- the references by which that was.
SELECT why."row", why.up, why.depth, string_agg(DISTINCT walk.id, ', ' ORDER BY walk.id)
FROM _why AS why
JOIN (
    SELECT rowid AS r, row_number() OVER (ORDER BY rowid) - 1 AS place FROM $table
) AS this ON this.r = why."row"
JOIN slice.came_by AS came ON came.place = this.place AND came.edge = $edge
JOIN slice.walk AS walk ON walk.edge = came.reason
WHERE why.tab = $tab
GROUP BY ALL
ORDER BY why.depth, why."row"
LIMIT 1;
