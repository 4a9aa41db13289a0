-- What .findings shows: one row per check that came out as $status; without one, all that did not
-- pass and had something to examine.
SELECT check_id, severity, status, violations, examined, message
FROM meta.finding
WHERE
    CASE $status
        WHEN '' THEN status NOT IN ('passed', 'empty')
        WHEN 'all' THEN true
        ELSE status = $status
    END
ORDER BY severity <> 'error', violations DESC, check_id;
