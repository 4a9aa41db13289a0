-- Counts the references that dangled in PROD by what the project did about them.
INSERT INTO meta.dangling
SELECT walk.id, count(*), CASE WHEN cured.leave_out THEN 'leave_out' ELSE 'null' END
FROM slice.cured AS cured
JOIN slice.walk AS walk ON walk.edge = cured.edge
GROUP BY ALL
ORDER BY ALL;
