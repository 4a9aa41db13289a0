-- One row: a digest of everything a verdict depends on besides the rows: checks, macros, policy,
-- settings and waivers, the day and the root, the catalog of the target.
SELECT sha256(concat_ws(
    chr(30),
    (SELECT string_agg(CAST(this AS VARCHAR), chr(31) ORDER BY id) FROM meta."check" AS this),
    -- DuckDB prints a macro otherwise after the file was opened again: its text counts.
    (SELECT string_agg(macros, chr(31) ORDER BY macros) FROM meta.run),
    (
        SELECT string_agg(CAST(this AS VARCHAR), chr(31) ORDER BY CAST(this AS VARCHAR))
        FROM meta.strategy AS this
    ),
    (
        SELECT string_agg(concat_ws(chr(31), root, as_of, settings, basis), chr(31))
        FROM meta.validation
    ),
    (
        SELECT string_agg(CAST(this AS VARCHAR), chr(31) ORDER BY CAST(this AS VARCHAR))
        FROM meta.target_column AS this
    ),
    (
        SELECT string_agg(CAST(this AS VARCHAR), chr(31) ORDER BY CAST(this AS VARCHAR))
        FROM meta.target_reference AS this
    )
)) AS fingerprint;
