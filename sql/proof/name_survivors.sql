-- Keeps which masked columns the originals come from that a check has found in a table ($1).
INSERT INTO meta.survivor
SELECT
    concat_ws('.', origin.store, origin."table", origin."column") AS origin,
    concat_ws('.', $1, found._column) AS found,
    count(*) AS rows
FROM ($found) AS found
JOIN memory.main.origin AS origin ON origin.origin = found._origin
GROUP BY ALL;
