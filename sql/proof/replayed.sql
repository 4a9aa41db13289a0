-- Cells of $path that are not what masking the same row again gave: key and column.
SELECT _key, _column
FROM (
    SELECT
        $key AS _key,
        unnest([$columns]) AS _column,
        unnest([$digests]) AS digest,
        unnest(replay.cells) AS replayed
    FROM $path AS this
    JOIN meta.replay AS replay
        ON replay.store = $store AND replay."table" = $table AND replay."at" = this.rowid
) AS compared
WHERE digest <> replayed
