-- The checks that have the id $1 or come from the rule of that name: id, reason, SQL.
SELECT id, because, sql
FROM meta."check"
WHERE id = $1 OR rule = $1
ORDER BY id;
