-- The districts at the head of the ranking, as people read them.
SELECT
    CASE WHEN misses = [] THEN CAST(rank AS VARCHAR) ELSE '-' END,
    id,
    name,
    state,
    printf('%.2f', score),
    CAST(students AS VARCHAR),
    CAST(total_records AS VARCHAR),
    size,
    CAST(minutes * 60 AS VARCHAR),
    CAST(is_pilot AS VARCHAR),
    array_to_string(misses, ', ')
FROM scored
ORDER BY rank
LIMIT $1;
