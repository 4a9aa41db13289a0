-- Scores, ranks and estimates the districts of `found`: one row each, those that meet all criteria
-- first, with the criteria the others miss. Rates are records per minute: the manual's, or what
-- earlier runs came to; those also say how far footprints are from what is extracted.
CREATE TABLE rates AS
SELECT
    count(*) AS runs,
    coalesce(sum(records) FILTER (extract_s > 0) * 60 / sum(extract_s), 50000) AS extraction,
    coalesce(sum(records) FILTER (anonymize_s > 0) * 60 / sum(anonymize_s), 100000)
        AS anonymization,
    coalesce(sum(records) FILTER (validate_s > 0) * 60 / sum(validate_s), 200000) AS validation,
    coalesce(sum(records) FILTER (load_s > 0) * 60 / sum(load_s), 30000) AS loading
FROM measured;

CREATE TABLE scored AS
WITH
    chosen AS (
        SELECT
            missing,
            from_json(body, '{
                "weights": {"size": "DOUBLE", "activity": "DOUBLE", "completeness": "DOUBLE",
                    "business": "DOUBLE"},
                "criteria": {"min_students": "DOUBLE", "min_schools": "DOUBLE",
                    "min_records": "DOUBLE", "max_records": "DOUBLE",
                    "min_completeness_pct": "DOUBLE", "min_recent_updates_30d": "DOUBLE"},
                "priority": "MAP(VARCHAR, DOUBLE)"
            }') AS s
        FROM settings
    ),
    counted AS (
        SELECT
            CAST(id AS VARCHAR) AS id,
            CAST(name AS VARCHAR) AS name,
            CAST(state AS VARCHAR) AS state,
            coalesce(CAST(students AS BIGINT), 0) AS students,
            coalesce(CAST(staff AS BIGINT), 0) AS staff,
            coalesce(CAST(schools AS BIGINT), 0) AS schools,
            coalesce(CAST(recent_updates_30d AS BIGINT), 0) AS recent_updates_30d,
            coalesce(round(CAST(data_completeness_pct AS DOUBLE), 1), 100) AS data_completeness_pct,
            coalesce(s.priority[CAST(id AS VARCHAR)], CAST(business_priority AS DOUBLE), 50)
                AS business,
            footprint,
            CAST(coalesce(list_sum(map_values(footprint)), 0) AS BIGINT) AS total_records,
            s
        FROM (
            SELECT
                found.* REPLACE (map_from_entries(list_filter(
                    map_entries(CAST(footprint AS MAP(VARCHAR, BIGINT))),
                    LAMBDA entry: NOT list_contains(missing, entry.key)
                )) AS footprint),
                s
            FROM found
            CROSS JOIN chosen
        )
    ),
    corrected AS (
        SELECT coalesce(sum(run.records) / nullif(sum(counted.total_records), 0), 1) AS factor
        FROM (SELECT root_key, avg(records) AS records FROM measured GROUP BY root_key) AS run
        JOIN counted ON counted.id = run.root_key
    ),
    valued AS (
        SELECT
            counted.*,
            round(
                s.weights.size * least(100, total_records / 1000000 * 100)
                + s.weights.activity * least(100, recent_updates_30d / 10000 * 100)
                + s.weights.completeness * data_completeness_pct
                + s.weights.business * business,
                2
            ) AS score,
            CASE
                WHEN total_records >= 700000 THEN 'large'
                WHEN total_records >= 300000 THEN 'medium'
                ELSE 'small'
            END AS size,
            (1 / extraction + 1 / anonymization + 1 / validation + 1 / loading)
            * total_records * factor * 1.1 AS minutes,
            list_filter([
                CASE WHEN students < s.criteria.min_students THEN 'min_students' END,
                CASE WHEN schools < s.criteria.min_schools THEN 'min_schools' END,
                CASE WHEN total_records < s.criteria.min_records THEN 'min_records' END,
                CASE WHEN total_records > s.criteria.max_records THEN 'max_records' END,
                CASE WHEN data_completeness_pct < s.criteria.min_completeness_pct
                    THEN 'min_completeness_pct' END,
                CASE WHEN recent_updates_30d < s.criteria.min_recent_updates_30d
                    THEN 'min_recent_updates_30d' END
            ], LAMBDA missed: missed IS NOT NULL) AS misses
        FROM counted
        CROSS JOIN rates
        CROSS JOIN corrected
    ),
    ranked AS (
        SELECT
            * EXCLUDE (s),
            row_number() OVER (ORDER BY len(misses) > 0, score DESC, id) AS rank
        FROM valued
    )
SELECT
    *,
    misses = [] AND rank <= $top AS is_chosen,
    misses = [] AND rank <= $top
    AND rank = min(rank) OVER (PARTITION BY size) AS is_pilot
FROM ranked
ORDER BY rank;
