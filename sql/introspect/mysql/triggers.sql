-- The triggers of every table.
SELECT event_object_table, trigger_name
FROM information_schema.triggers
WHERE event_object_schema = database()
ORDER BY event_object_table, trigger_name
