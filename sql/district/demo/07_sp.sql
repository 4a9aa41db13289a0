-- SP: the nodes and relationships of the graph. Keys of both ends are text, as in a staged graph.

CREATE SCHEMA IF NOT EXISTS sp;

CREATE OR REPLACE TABLE sp."District" AS
SELECT id, name, state, contact_name AS superintendent_name, contact_email, created_at,
       '["District"]' AS _labels, _ours
FROM ids.districts
ORDER BY id;

CREATE OR REPLACE TABLE sp."School" AS
SELECT id, district_id, name, school_type, phone, office_email, created_at, '["School"]' AS _labels,
       _ours
FROM ids.schools
ORDER BY id;

CREATE OR REPLACE TABLE sp."Student" AS
SELECT id, district_id, school_id, first_name, last_name,
       first_name || ' ' || last_name AS full_name, email, birth_date,
       sis_id, state_student_id, grade_level, created_at, '["Student"]' AS _labels, _ours
FROM ids.students
ORDER BY id;

-- Substitutes have no district in the graph: they belong to the school they work for.
CREATE OR REPLACE TABLE sp."Staff" AS
SELECT id, CASE WHEN id % 20 > 0 THEN district_id END AS district_id,
       first_name || ' ' || last_name AS full_name, email, phone,
       employee_number, job_title, created_at, '["Staff"]' AS _labels, _ours
FROM ids.staff
ORDER BY id;

CREATE OR REPLACE TABLE sp."BELONGS_TO" AS
WITH ends AS (
    SELECT 'School' AS label, id, district_id, _ours FROM sp."School"
    UNION ALL
    SELECT 'Student', id, district_id, _ours FROM sp."Student"
    UNION ALL
    SELECT 'Staff', id, district_id, _ours FROM sp."Staff" WHERE district_id IS NOT NULL
)
SELECT label AS _start_label, id::VARCHAR AS _start_key, 'District' AS _end_label,
       district_id AS _end_key,
       DATE '2024-08-01' AS since, _ours
FROM ends
ORDER BY _start_label, id;

CREATE OR REPLACE TABLE sp."ENROLLED_IN" AS
SELECT 'Student' AS _start_label, student_id::VARCHAR AS _start_key, 'School' AS _end_label,
       school_id::VARCHAR AS _end_key,
       enrollment_date AS since, status,
       CASE WHEN id % 25 = 0 THEN 'Registered by '
           || first_name_of('guardian', student_id) END AS note, _ours
FROM ids.enrollments
ORDER BY id;

-- A teacher and a pupil may meet in two classes: two relationships. Who moved is still taught by
-- the old school's teacher there.
CREATE OR REPLACE TABLE sp."TEACHES" AS
SELECT 'Staff' AS _start_label, teachers.staff_id::VARCHAR AS _start_key, 'Student' AS _end_label,
       taken.student_id::VARCHAR AS _end_key, taken.class_id, assigned_on AS since, taken._ours
FROM ids.student_courses AS taken
JOIN ids.class_assignments AS assigned USING (class_id)
JOIN ids.teachers ON teachers.id = assigned.teacher_id
WHERE assigned.role = 'primary' AND (taken.class_id + taken.student_id) % 2 = 0
    OR taken.status = 'dropped'
ORDER BY taken.student_id, taken.class_id, teachers.id;

-- Every fortieth also works for a school of the neighbouring district.
CREATE OR REPLACE TABLE sp."WORKS_FOR" AS
WITH ends AS (
    SELECT id, 'School' AS label, coalesce(school_id, key_of(id // 10000000, 1))::VARCHAR AS key,
           hire_date, job_title, _ours
    FROM ids.staff
    UNION ALL
    SELECT id, 'District', district_id, hire_date, job_title, _ours FROM ids.staff
    WHERE school_id IS NULL
    UNION ALL
    SELECT id, 'School', key_of(neighbour(id // 10000000), 1)::VARCHAR, hire_date, 'Substitute',
           false FROM ids.staff
    WHERE id % 40 = 0 AND neighbour(id // 10000000) IS NOT NULL
)
SELECT 'Staff' AS _start_label, id::VARCHAR AS _start_key, label AS _end_label, key AS _end_key,
       hire_date AS since,
       job_title AS role, CASE WHEN id % 3 = 0 THEN phone_number('work', id) END AS work_phone,
       _ours
FROM ends
ORDER BY id, _end_label, _end_key;
