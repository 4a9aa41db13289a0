-- One row per table: how its rows came into the slice, and how many reached the target.
SELECT
    extracted.store || '.' || extracted."table" AS "table",
    extracted.rows AS extracted,
    extracted.root_rows + extracted.down_rows AS own,
    extracted.up_rows AS needed,
    extracted.whole_rows AS whole,
    loaded.rows AS loaded,
    extracted.note
FROM meta.extracted AS extracted
LEFT JOIN meta."table" AS known
    ON known.store = extracted.store AND known."table" = extracted."table"
LEFT JOIN meta.load AS loaded
    ON loaded.store = extracted.store AND loaded."table" = extracted."table"
ORDER BY known.rowid;
