-- The plan: one row per district with its size class and how many of each thing it has. At scale 1
-- district-001 comes to 543,210 records; large, medium and small ones stand beside it. CERT has one
-- district of its own, whose keys no district of PROD uses.

CREATE OR REPLACE TABLE plan AS
WITH districts AS (
    SELECT d::BIGINT AS d,
           CASE WHEN d = 1 THEN 1.0 WHEN d = 2 THEN 0.42 WHEN d = 3 THEN 0.34
                WHEN d <= 10 THEN 0.10 ELSE 0.02 END AS factor
    FROM range(1, 25) AS numbers (d)
    WHERE getvariable('side') = 'prod'
    UNION ALL
    SELECT 900, 0.0
    WHERE getvariable('side') = 'cert'
), pupils AS (
    SELECT d, factor,
           greatest(40, 2 * round(3900 * factor * getvariable('scale'))::BIGINT) AS students
    FROM districts
), schools AS (
    SELECT *, greatest(1, least(students // 40, round(15 * factor)::BIGINT)) AS schools
    FROM pupils
), classes AS (
    SELECT *, greatest(8, (students // schools) * 6 // 25) AS classes_per_school
    FROM schools
), teachers AS (
    SELECT *, schools * classes_per_school AS classes,
           greatest(8, schools * classes_per_school // 4) AS teachers
    FROM classes
)
SELECT *,
       teachers + schools + greatest(10, teachers // 5) AS staff,
       CASE WHEN factor >= 0.3 THEN 120 WHEN factor >= 0.1 THEN 60 ELSE 24 END AS courses,
       -- Teachers without any class: the flaw of district-001.
       CASE WHEN d = 1 THEN 5 ELSE 0 END AS idle_teachers
FROM teachers
ORDER BY d;

-- CERT holds part of the shared reference tables, with the same keys and contents as PROD.
SET VARIABLE top_grade = CASE WHEN getvariable('side') = 'cert' THEN 8 ELSE 12 END;
SET VARIABLE subject_count = CASE WHEN getvariable('side') = 'cert' THEN 12 ELSE 24 END;
SET VARIABLE standard_count = CASE WHEN getvariable('side') = 'cert' THEN 24 ELSE 60 END;
