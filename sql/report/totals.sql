-- One row: the figures of the executive summary. records_loaded and validation_status are NULL
-- where the run did not come so far. Nodes and relationships of a graph count as two tables.
WITH
    extracted AS (
        SELECT
            CAST(sum(rows) AS BIGINT) AS rows,
            count(DISTINCT
                CASE
                    WHEN known.kind IN ('node', 'relationship') THEN store || '.' || known.kind
                    ELSE store || '.table.' || "table"
                END
            ) AS tables
        FROM meta.extracted
        LEFT JOIN meta."table" AS known USING (store, "table")
    ),
    loaded AS (
        SELECT
            CAST(sum(rows) AS BIGINT) AS rows,
            count(DISTINCT
                store || '.' || CASE kind WHEN 'table' THEN 'table.' || "table" ELSE kind END
            ) AS tables
        FROM meta.load
    ),
    strategies AS (
        SELECT
            count(*) AS columns,
            count(*) FILTER (WHERE strategy <> 'preserve') AS fields,
            count(DISTINCT rule) AS rules
        FROM meta.strategy
    ),
    findings AS (
        SELECT
            count(*) AS checks,
            count(*) FILTER (WHERE status IN ('passed', 'empty', 'waived')) AS passed,
            count(*) FILTER (WHERE status = 'failed' AND finding.severity = 'warning') AS warnings,
            count(*) FILTER (
                WHERE status IN ('error', 'skipped')
                OR (status = 'failed' AND finding.severity = 'error')
            ) AS errors,
            CAST(coalesce(sum(violations) FILTER (WHERE family = 'privacy'), 0) AS BIGINT) AS leaks
        FROM meta.finding AS finding
        LEFT JOIN meta."check" AS "check" ON "check".id = finding.check_id
    )
SELECT
    extracted.tables AS tables_extracted,
    coalesce(extracted.rows, 0) AS records_extracted,
    strategies.columns AS columns,
    strategies.fields AS fields_anonymized,
    strategies.rules AS anonymization_rules,
    (SELECT max(status) FROM meta.validation) AS validation_status,
    findings.checks,
    findings.passed,
    findings.warnings AS validation_warnings,
    findings.errors AS validation_errors,
    (SELECT CAST(coalesce(sum(searched), 0) AS BIGINT) FROM meta.searched) AS originals_searched,
    (SELECT CAST(coalesce(sum(cells), 0) AS BIGINT) FROM meta.searched_table) AS cells_searched,
    findings.leaks,
    loaded.tables AS tables_loaded,
    loaded.rows AS records_loaded,
    round(100 * (extracted.rows - loaded.rows) / nullif(extracted.rows, 0), 3) AS data_loss_pct,
    (SELECT count(*) FROM meta.cycle) AS cycles,
    (SELECT bool_and(shareable) FROM meta.run) AS shareable
FROM extracted, loaded, strategies, findings;
