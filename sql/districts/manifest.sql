-- district-manifest.json: the chosen districts, what they were chosen by, and what they come to.
-- $1 is when, $2 the errors of stores that were not read.
WITH chosen AS (
    FROM scored
    WHERE is_chosen
)
SELECT CAST(json_object(
    'generated_at', $1,
    'total_districts_analyzed', (SELECT count(*) FROM scored),
    'recommended_districts', (SELECT count(*) FROM chosen),
    'selection_criteria', (SELECT body -> 'criteria' FROM settings),
    'weights', (SELECT body -> 'weights' FROM settings),
    'missed_criteria', coalesce((
        SELECT json_group_object(criterion, districts)
        FROM (
            SELECT criterion, count(*) AS districts
            FROM (SELECT unnest(misses) AS criterion FROM scored)
            GROUP BY criterion
            ORDER BY criterion
        )
    ), '{}'),
    'rates_per_minute', (
        SELECT json_object(
            'measured_runs', runs, 'extraction', round(extraction),
            'anonymization', round(anonymization), 'validation', round(validation),
            'loading', round(loading)
        )
        FROM rates
    ),
    'districts', coalesce((
        SELECT list(json_object(
            'id', id,
            'name', name,
            'state', state,
            'priority', rank,
            'priority_score', score,
            'metrics', json_object(
                'students', students, 'staff', staff, 'schools', schools,
                'total_records', total_records, 'recent_updates_30d', recent_updates_30d,
                'data_completeness_pct', data_completeness_pct
            ),
            'footprint_by_store', to_json(footprint),
            'estimated_migration_hours', round(minutes / 60, 1),
            'estimated_migration_minutes', round(minutes, 1),
            'size_category', size,
            'recommended_for_pilot', is_pilot,
            'notes', CASE WHEN is_pilot THEN 'best ' || size || ' district' END
        ) ORDER BY rank)
        FROM chosen
    ), []),
    'summary', (
        SELECT json_object(
            'total_students', coalesce(sum(students), 0),
            'total_staff', coalesce(sum(staff), 0),
            'total_schools', coalesce(sum(schools), 0),
            'total_records', coalesce(sum(total_records), 0),
            'estimated_total_migration_hours', coalesce(round(sum(minutes) / 60, 1), 0),
            'districts_by_size', json_object(
                'large', count(*) FILTER (size = 'large'),
                'medium', count(*) FILTER (size = 'medium'),
                'small', count(*) FILTER (size = 'small')
            ),
            'pilot_recommended', coalesce(list(id ORDER BY rank) FILTER (is_pilot), []),
            'coverage_students_pct', round(
                100 * sum(students) / (SELECT nullif(sum(students), 0) FROM scored), 1
            ),
            'coverage_records_pct', round(
                100 * sum(total_records) / (SELECT nullif(sum(total_records), 0) FROM scored), 1
            )
        )
        FROM chosen
    ),
    'missing', CAST($2 AS JSON)
) AS VARCHAR);
