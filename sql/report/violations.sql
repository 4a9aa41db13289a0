-- One row per violation of a check or rule ($check): the table, the masked key, the wrong column.
SELECT check_id AS "check", violation."table", key, violation."column"
FROM meta.violation AS violation
JOIN meta."check" AS "check" ON "check".id = violation.check_id
WHERE $check IN ("check".id, "check".rule)
ORDER BY ALL;
