-- One JSON array: the names of all work tables, whoever made them.
SELECT coalesce(json_agg(relname::text ORDER BY relname), '[]')::text
FROM pg_class
WHERE relnamespace = 'datamig'::regnamespace
    AND relname ~ '^work_[0-9]+_[0-9]+$';
