-- One row per column that holds originals of a masked one.
SELECT origin, found, rows FROM meta.survivor ORDER BY rows DESC, origin, found;
