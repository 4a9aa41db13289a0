-- One row: a digest of everything a verdict depends on besides the rows: checks, macros, policy, the
-- catalog of the target.
SELECT sha256(concat_ws(
    chr(30),
    (SELECT string_agg(CAST(this AS VARCHAR), chr(31) ORDER BY id) FROM meta."check" AS this),
    (
        SELECT string_agg(function_name || macro_definition, chr(31) ORDER BY function_name)
        FROM duckdb_functions()
        WHERE NOT internal AND macro_definition IS NOT NULL AND database_name = current_database()
    ),
    (SELECT string_agg(CAST(this AS VARCHAR), chr(31) ORDER BY CAST(this AS VARCHAR)) FROM meta.strategy AS this),
    (
        SELECT string_agg(CAST(this AS VARCHAR), chr(31) ORDER BY CAST(this AS VARCHAR))
        FROM meta.target_column AS this
    )
)) AS fingerprint;
