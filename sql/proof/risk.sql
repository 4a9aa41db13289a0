-- Measures meta.risk from who says what in the extract and in the run.
DELETE FROM meta.risk;

INSERT INTO meta.risk
WITH
    said AS (
        SELECT 'before' AS side, * FROM ($before)
        UNION ALL
        SELECT 'after' AS side, * FROM ($after)
    ),
    person AS (
        SELECT
            side,
            person,
            md5(string_agg(
                DISTINCT number || chr(30) || coalesce(value, chr(29)), chr(31)
                ORDER BY number || chr(30) || coalesce(value, chr(29))
            )) AS profile
        FROM said
        WHERE person IS NOT NULL
        GROUP BY ALL
    ),
    alike AS (SELECT side, profile, count(*) AS size FROM person GROUP BY ALL),
    judged AS (
        SELECT
            alike.*,
            CASE alike.side WHEN 'before' THEN alike.size ELSE population.size END AS size_before
        FROM alike
        LEFT JOIN alike AS population
            ON population.side = 'before' AND population.profile = alike.profile
    ),
    counted AS (
        SELECT side, size, count(*) AS groups
        FROM alike
        GROUP BY ALL
    ),
    worst AS (
        SELECT
            side,
            to_json(list({'size': size, 'groups': groups} ORDER BY size)[:5]) AS worst
        FROM counted
        GROUP BY side
    )
SELECT
    side,
    sum(size) AS people,
    count(*) AS groups,
    min(size) AS k,
    count_if(size = 1) AS people_alone,
    1 / min(size) AS prosecutor_max,
    count(*) / sum(size) AS prosecutor_mean,
    coalesce(1 / min(size_before), 0) AS journalist_max,
    coalesce(sum(size / size_before), 0) / sum(size) AS journalist_mean,
    CAST(any_value(worst.worst) AS VARCHAR) AS worst
FROM judged
JOIN worst USING (side)
GROUP BY side;
