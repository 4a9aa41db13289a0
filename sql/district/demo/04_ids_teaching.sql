-- IDS, continued: what is taught, who attends. None of these but courses says whose district it is.

CREATE OR REPLACE TABLE ids.courses AS
WITH numbered AS (
    SELECT d, k, courses, key_of(d, k) AS id
    FROM plan, LATERAL (SELECT unnest(range(1, courses + 1)) AS k)
)
SELECT numbered.id, district_key(d) AS district_id, subject_id,
       'C' || lpad(k::VARCHAR, 4, '0') AS code,
       subjects.title || ' ' || (1 + k // 24) AS name,
       (0.5 * (1 + k % 2))::DECIMAL(4, 2) AS credits,
       (k % (getvariable('top_grade') + 1))::SMALLINT AS min_grade,
       CASE WHEN k % 3 > 0 THEN 30 END::INTEGER AS max_students,
       CASE WHEN k % 4 = 0 THEN ''
           WHEN k % 4 = 1 THEN 'An introduction; see the "course guide".' END AS description,
       true AS active,
       author(d, k) AS created_by, author(d, k + 1) AS updated_by,
       moment('course', numbered.id) AS created_at,
       later('course', numbered.id, moment('course', numbered.id)) AS updated_at,
       -- The circle: a course from the second half names its own first prerequisite.
       CASE WHEN k > courses // 2 AND k % 2 = 0 THEN key_of(d, k) END AS main_prerequisite_id,
       d = 1 AS _ours
FROM (SELECT *, 1 + (k - 1) % getvariable('subject_count') AS subject_id FROM numbered) AS numbered
JOIN ids.subjects ON subjects.id = subject_id
ORDER BY numbered.id;

CREATE OR REPLACE TABLE ids.prerequisites AS
SELECT key_of(d, k) AS id, key_of(d, k) AS course_id,
       key_of(d, k - courses // 2) AS required_course_id,
       pick(['C', 'B', 'D'], 'prerequisite', key_of(d, k)) AS minimum_grade,
       author(d, k) AS created_by, author(d, k + 2) AS updated_by,
       moment('prerequisite', key_of(d, k)) AS created_at,
       d = 1 AS _ours
FROM plan, LATERAL (SELECT unnest(range(courses // 2 + 1, courses + 1)) AS k)
ORDER BY id;

-- Class o of a district is class c of school s; its teacher follows from o.
CREATE OR REPLACE TABLE class_plan AS
WITH numbered AS (
    SELECT *, 1 + (o - 1) // classes_per_school AS s, 1 + (o - 1) % classes_per_school AS c
    FROM plan, LATERAL (SELECT unnest(range(1, classes + 1)) AS o)
)
SELECT *, key_of(d, s * 1000 + c) AS id,
       idle_teachers + 1 + (o - 1) % (teachers - idle_teachers) AS teacher,
       idle_teachers + 1 + o % (teachers - idle_teachers) AS co_teacher
FROM numbered
ORDER BY id;

CREATE OR REPLACE TABLE ids.classes AS
SELECT id, key_of(d, 1 + o % courses) AS course_id, key_of(d, s) AS school_id,
       'SEC-' || c AS section,
       pick(['fall', 'spring', 'year', 'year'], 'term', id) AS term,
       CASE WHEN c % 10 > 0 THEN 'R' || (100 + c) END AS room, (1 + c % 8)::SMALLINT AS period,
       60 AS max_students,
       DATE '2024-08-15' AS start_date, DATE '2025-06-12' AS end_date,
       author(d, o) AS created_by, author(d, o + 1) AS updated_by,
       moment('class', id) AS created_at, later('class', id, moment('class', id)) AS updated_at,
       d = 1 AS _ours
FROM class_plan;

CREATE OR REPLACE TABLE ids.class_assignments AS
SELECT id AS class_id, key_of(d, teacher) AS teacher_id, 'primary' AS role,
       DATE '2024-08-01' AS assigned_on,
       author(d, o) AS created_by, author(d, o + 3) AS updated_by,
       moment('assigned', id) AS created_at, d = 1 AS _ours
FROM class_plan
UNION ALL
SELECT id, key_of(d, co_teacher), 'co-teacher', DATE '2024-09-01', author(d, o), NULL,
       moment('assigned', id), d = 1
FROM class_plan
WHERE o % 5 = 0
ORDER BY class_id, teacher_id;

-- Six classes a pupil, at his school. Who moved still has a record in a class of the old school:
-- ours of a foreign class and theirs of a class of ours both stay behind.
CREATE OR REPLACE TABLE ids.student_courses AS
WITH taken AS (
    SELECT d, n, id AS student_id,
           key_of(d,
               s * 1000 + 1 + (roll('classes', id, classes_per_school) + k) % classes_per_school)
                   AS class_id, k, false AS old
    FROM pupil, range(6) AS numbers (k)
    UNION ALL
    SELECT d, n, id, key_of(neighbour(d), 1001), 6, true
    FROM pupil
    WHERE moved
)
SELECT student_id, class_id,
       CASE WHEN old THEN 'dropped' WHEN k = 5 THEN 'completed' ELSE 'active' END AS status,
       CASE WHEN k = 5 THEN pick(['A', 'A-', 'B+', 'B', 'C'], 'final', student_id)
           END AS final_grade,
       CASE WHEN k = 5 THEN 0.50 END::DECIMAL(4, 2) AS credits_earned,
       author(d, n + k) AS created_by, author(d, n) AS updated_by,
       moment('taken', class_id + student_id) AS created_at,
       later('taken', class_id + student_id, moment('taken', class_id + student_id)) AS updated_at,
       d = 1 AND NOT old AS _ours
FROM taken
ORDER BY student_id, class_id;

-- The present enrollment of everyone, and the old one, at a foreign school, of who moved.
CREATE OR REPLACE TABLE ids.enrollments AS
WITH kept AS (
    SELECT d, n, id AS enrollment_id, id AS student_id, school_id,
           CASE WHEN moved THEN key_of(neighbour(d), 1) END AS previous_school_id, grade,
           false AS old
    FROM pupil
    UNION ALL
    SELECT d, n, key_of(d, 5000000 + n), id, key_of(neighbour(d), 1), NULL, greatest(0, grade - 1),
           true
    FROM pupil
    WHERE moved
)
SELECT enrollment_id AS id, student_id, school_id, previous_school_id,
       grade::SMALLINT AS grade_level,
       CASE WHEN old THEN DATE '2023-08-16'
           ELSE DATE '2024-08-12' + roll('enrolled', student_id, 6)::INTEGER
       END AS enrollment_date,
       CASE WHEN NOT old AND grade = 12 AND n % 3 > 0 THEN DATE '2025-06-14' END AS graduation_date,
       CASE WHEN old THEN 'Moved; ask "previous school"' WHEN n % 20 = 0 THEN ''
            WHEN n % 20 = 7 THEN 'Asked by '
                || first_name_of('guardian', student_id) END AS exit_reason,
       CASE WHEN old THEN 'transferred' WHEN grade = 12 AND n % 3 > 0 THEN 'graduated'
           ELSE 'active' END AS status,
       author(d, n) AS created_by, author(d, n + 1) AS updated_by,
       TIMESTAMP '2024-07-20 08:00:00'
           + to_hours(roll('enrolled/at', student_id, 400)) AS created_at,
       NULL::TIMESTAMP AS updated_at,
       d = 1 AND NOT old AS _ours
FROM kept
ORDER BY id;

-- Ten school days an enrollment, one in each four weeks; two for an old one. The first 23 rows of
-- district-001 lie in the summer holidays.
CREATE OR REPLACE TABLE ids.attendance AS
WITH days AS (
    SELECT d, n, enrollment.id AS enrollment_id, k, enrollment._ours, (n - 1) * 10 + k AS serial,
           old,
           CASE WHEN NOT old THEN key_of(d, s * 1000 + 1 + (n + k) % classes_per_school)
               END AS class_id
    FROM (SELECT *, id % 10000000 > 5000000 AS old FROM ids.enrollments) AS enrollment
    JOIN pupil ON pupil.id = enrollment.student_id, range(10) AS numbers (k)
    WHERE NOT old OR k < 2
), rolled AS (
    SELECT *, key_of(d, CASE WHEN old THEN 9000000 + n * 2 + k ELSE serial + 1 END) AS id
    FROM days
)
SELECT id, enrollment_id, CASE WHEN n % 10 > 0 THEN class_id END AS class_id,
       CASE WHEN old THEN DATE '2024-08-19' + k::INTEGER
            WHEN d = 1 AND serial < 12 THEN DATE '2024-07-08' + (k + 2 * (k // 5))::INTEGER
            WHEN d = 1 AND serial < 23 THEN DATE '2025-07-07' + (k + 2 * (k // 5))::INTEGER
            ELSE DATE '2024-08-19'
                + (7 * (4 * k + roll('week', id, 4)) + roll('day', id, 5))::INTEGER
       END AS attendance_date,
       status, CASE status WHEN 'present' THEN 0 WHEN 'tardy' THEN 5 + roll('late', id, 40)
           ELSE 390 END::SMALLINT AS minutes_missed,
       CASE WHEN status = 'excused' THEN pick(['Doctor''s visit', 'Family trip', 'Ill', ''],
           'excuse', id) END AS excuse_note,
       author(d, id) AS recorded_by,
       TIMESTAMP '2024-08-19 15:00:00' + to_hours((k * 660)) AS created_at, _ours
FROM (SELECT *,
    pick(['present', 'present', 'present', 'present', 'present', 'absent', 'tardy', 'excused'],
        'status', id) AS status
      FROM rolled)
ORDER BY id;
