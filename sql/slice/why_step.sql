-- One step of edge $edge away from the wanted row: rows of table $from that are on the $near side
-- of the edge lead to rows on its other side, $to. $next is whether those may have come in any way.
INSERT INTO _why
WITH
    children AS ($children),
    parents AS ($parents),
    rows AS (
        SELECT child._row AS child, parent._row AS parent
        FROM children AS child
        JOIN parents AS parent ON $equal
    ),
    pairs AS (
        SELECT child, parent, $next AS up
        FROM rows
    )
SELECT DISTINCT ON (pairs.$far)
    $to, pairs.$far, pairs.up, near.depth + 1, $edge, near.tab, near."row", near.up
FROM pairs
JOIN _why AS near ON near.tab = $from AND near."row" = pairs.$near AND near.depth = $depth $allowed
ANTI JOIN _why AS known ON known.tab = $to AND known."row" = pairs.$far AND known.up = pairs.up;
