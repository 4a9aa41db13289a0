-- The checks of masked columns of tables with rows. no_original: rows that keep their own value.
-- no_collapse: different values have different fakes, all of them or enough. odds is how often a
-- fake is the original although masking is right: a birth date keeps its year where the row says
-- the age, so one in 365.
WITH
    masked AS (
        SELECT
            strategy.store,
            strategy."table",
            strategy."column",
            strategy.strategy,
            _ident(strategy."column") AS name,
            place.path,
            place.key_sql,
            CASE
                WHEN contains(strategy.expression, 'mask_birth_date(') THEN '1 / 365'
                ELSE '0'
            END AS odds,
            regexp_matches(
                strategy.expression, 'mask_(email|user_name|url|hash|fpe|token|uuid|unique_text)\('
            ) AS is_one_to_one,
            unnest(
                CASE
                    WHEN is_one_to_one
                        OR regexp_matches(
                            strategy.expression,
                            'mask_(first_name|last_name|name|phone|street|company|ip)\('
                        )
                        THEN ['no_original', 'no_collapse']
                    ELSE ['no_original']
                END
            ) AS rule
        FROM meta.strategy AS strategy
        JOIN meta."column" AS here USING (store, "table", "column")
        JOIN _place AS place USING (store, "table")
        LEFT JOIN meta.extracted AS extracted USING (store, "table")
        WHERE
            extracted.rows IS DISTINCT FROM 0
            AND strategy.strategy IN ('faker', 'hash', 'tokenize', 'fpe', 'shift')
    ),
    described AS (
        SELECT
            *,
            format(
                'lower(CAST(this.{0} AS VARCHAR)) = lower(CAST(original.{0} AS VARCHAR))'
                || ' AND CAST(this.{0} AS VARCHAR) <> ''''',
                name
            ) AS own
        FROM masked
    )
SELECT
    format('{}.{}.{}.{}', store, "table", "column", rule) AS id,
    'privacy' AS family,
    'error' AS severity,
    replace(replace(replace(replace(replace(
        CASE rule WHEN 'no_original' THEN $no_original ELSE $no_collapse END,
        '$path', path),
        '$column', name),
        '$odds', odds),
        '$own', own),
        '$is_one_to_one', CAST(is_one_to_one AS VARCHAR)
    ) AS sql,
    format('sql/proof/{}.sql', rule) AS "at",
    rule,
    store,
    "table",
    "column",
    format(
        CASE rule
            WHEN 'no_original'
                THEN 'masked by {}: an original here is a person''s data in a test system'
            ELSE 'masked by {}: two people with one fake are one person, and references break'
        END,
        strategy
    ) AS because,
    format('SELECT count(*) FROM {} AS this WHERE ({} IS NOT NULL)', path, name) AS examined_sql,
    key_sql,
    CASE rule
        WHEN 'no_original' THEN format('{0} AS this POSITIONAL JOIN staging.{0} AS original', path)
    END AS source,
    CASE rule WHEN 'no_original' THEN own END AS suspect,
    true AS needs_staging,
    true AS may_be_empty
FROM described;
