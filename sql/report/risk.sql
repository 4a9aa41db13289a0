-- One row before and one after: how well people hide among those who share their quasi-identifiers.
SELECT
    side,
    people,
    groups,
    k,
    people_alone,
    round(prosecutor_max, 4) AS prosecutor_max,
    round(prosecutor_mean, 4) AS prosecutor_mean,
    round(journalist_max, 4) AS journalist_max,
    round(journalist_mean, 4) AS journalist_mean,
    array_to_string(
        list_transform(
            from_json(worst, '[{"size": "BIGINT", "groups": "BIGINT"}]'),
            lambda one: one.groups || ' of ' || one.size
        ),
        ', '
    ) AS smallest_groups
FROM meta.risk
ORDER BY side DESC;
