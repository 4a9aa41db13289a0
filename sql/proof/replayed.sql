-- Cells of $path that are not what masking the same row again gave: key and column. A column of the
-- table may have any name, so those that are joined to it begin with a line.
SELECT _key, _column
FROM (
    SELECT
        $key AS _key,
        unnest([$columns]) AS _column,
        unnest([$digests]) AS _digest,
        unnest(_replay_cells) AS _replayed
    FROM $path AS this
    JOIN (
        SELECT "at" AS _replay_row, cells AS _replay_cells
        FROM meta.replay
        WHERE store = $store AND "table" = $table
    ) AS replay ON replay._replay_row = this.rowid
) AS compared
WHERE _digest <> _replayed
