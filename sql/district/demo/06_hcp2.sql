-- HCP2: assignments, grades, messages. _ours as in 03_ids.sql.

CREATE SCHEMA IF NOT EXISTS hcp2;

-- A tree of standards, shared by all districts: ten domains, the rest below them.
CREATE OR REPLACE TABLE hcp2.standards AS
SELECT n::BIGINT AS id, CASE WHEN n > 10 THEN 1 + n % 10 END::BIGINT AS parent_id,
       (1 + n % 6)::BIGINT AS subject_id,
       CASE WHEN n > 10 THEN n % 9 END::SMALLINT AS grade_level,
       'STD.' || lpad(n::VARCHAR, 4, '0') AS code,
       CASE WHEN n > 10 THEN 'Standard ' || n ELSE 'Domain ' || n END AS title,
       CASE WHEN n % 2 = 0 THEN 'Students "explain" & apply.' ELSE '' END AS description,
       TIMESTAMP '2018-01-01 00:00:00' AS created_at, true AS _ours
FROM range(1, getvariable('standard_count') + 1) AS numbers (n);

CREATE OR REPLACE TABLE hcp2.gradebook_categories AS
SELECT id * 2 + k AS id, id AS class_id, ['Homework', 'Tests'][k + 1] AS name,
       [40, 60][k + 1]::DECIMAL(5, 2) AS weight,
       (1 - k)::SMALLINT AS drop_lowest, author(d, o + k) AS created_by, author(d, o) AS updated_by,
       moment('category', id * 2 + k) AS created_at, d = 1 AS _ours
FROM class_plan, range(2) AS numbers (k)
ORDER BY id;

CREATE OR REPLACE TABLE hcp2.resources AS
SELECT id, district_key(d) AS district_id,
       CASE WHEN o % 3 > 0 THEN key_of(d, 1 + o % courses) END AS course_id,
       key_of(d, 5000000 + teacher) AS uploaded_by,
       'Unit ' || (1 + o % 12) || ' – reading & "practice"' AS title,
       'https://files.district' || d || '.example/' || md5('resource' || id) || '.pdf' AS url,
       'application/pdf' AS media_type, 10000 + roll('size', id, 9000000) AS size_bytes,
       author(d, o) AS created_by, author(d, o + 2) AS updated_by,
       moment('resource', id) AS created_at,
       later('resource', id, moment('resource', id)) AS updated_at, d = 1 AS _ours
FROM class_plan;

CREATE OR REPLACE TABLE hcp2.assignments AS
SELECT id * 10 + k AS id, id AS class_id, id * 2 + k % 2 AS category_id,
       CASE WHEN k = 1 THEN id END AS resource_id,
       ['Homework 1', 'Test 1', 'Homework 2', 'Project: "My Town"'][k + 1] AS title,
       CASE WHEN k = 3 THEN 'Interview a grandparent, e.g. ' || first_name_of('grandparent', id)
           || '.' WHEN k = 0 THEN '' END AS instructions,
       [10, 100, 10, 50][k + 1]::DECIMAL(6, 2) AS points,
       DATE '2024-09-02' + (40 * k + roll('assigned', id, 30))::INTEGER AS assigned_on,
       DATE '2024-09-02' + (40 * k + roll('assigned', id, 30) + 7)::INTEGER AS due_date,
       k < 3 OR o % 4 > 0 AS published,
       author(d, o) AS created_by, author(d, o + k) AS updated_by,
       moment('assignment', id * 10 + k) AS created_at,
       later('assignment', id * 10 + k, moment('assignment', id * 10 + k)) AS updated_at,
       d = 1 AS _ours
FROM class_plan, range(4) AS numbers (k)
ORDER BY id;

CREATE OR REPLACE TABLE hcp2.assignment_standards AS
WITH numbered AS (
    SELECT *, row_number() OVER (PARTITION BY id // 100000000 ORDER BY id) AS serial
    FROM hcp2.assignments
)
SELECT id AS assignment_id, 1 + (serial + 7 * k) % getvariable('standard_count') AS standard_id,
       author(id // 100000000, id) AS created_by, created_at, _ours
FROM numbered, range(2) AS numbers (k)
WHERE k = 0 OR serial % 2 = 0
ORDER BY assignment_id, standard_id;

-- One pupil hands in two assignments of each of four classes; who moved, also one of the old
-- school.
CREATE OR REPLACE TABLE hcp2.submissions AS
WITH handed AS (
    SELECT student_id // 10000000 AS d, student_id, class_id, class_id * 10 + k AS assignment_id,
           _ours,
           class_id // 10000000 <> student_id // 10000000 AS old,
           row_number() OVER (PARTITION BY student_id ORDER BY class_id, k) AS serial, k
    FROM ids.student_courses, range(2) AS numbers (k)
)
SELECT student_id * 16 + serial AS id, assignment_id, student_id, 1::SMALLINT AS attempt,
       CASE WHEN serial % 9 = 0 THEN 'missing' WHEN serial % 4 = 0 THEN 'late'
           ELSE 'graded' END AS status,
       CASE WHEN serial % 9 > 0 THEN TIMESTAMP '2024-09-20 16:00:00'
           + to_hours(roll('handed', student_id + assignment_id, 5000)) END
           AS submitted_at,
       CASE WHEN serial % 9 > 0 THEN roll('score', student_id + assignment_id,
           CASE k WHEN 0 THEN 11 ELSE 101 END)
       END::DECIMAL(6, 2) AS score,
       CASE WHEN serial % 5 = 1 THEN 'Well done, ' || first_name_of('student', student_id) || '!'
           WHEN serial % 5 = 2 THEN '' END
           AS feedback,
       CASE WHEN serial % 6 = 0 THEN 'https://files.district' || d || '.example/s/'
           || md5('handed' || student_id || assignment_id)
       END AS attachment_url,
       key_of(d, 5000001 + student_id % 8) AS graded_by,
       author(d, student_id + serial) AS created_by,
       moment('handed', student_id * 16 + serial) AS created_at, NULL::TIMESTAMP AS updated_at,
       _ours
FROM handed
WHERE serial <= 8 OR (old AND k = 0)
ORDER BY id;

CREATE OR REPLACE TABLE hcp2.grades AS
SELECT student_id, class_id, period AS marking_period, letter AS letter_grade,
       (CASE letter WHEN 'A' THEN 93 WHEN 'B' THEN 84 WHEN 'C' THEN 73
           ELSE 62 END + roll('percent', student_id + class_id, 6))
           ::DECIMAL(5, 2) AS percent,
       CASE WHEN (student_id + class_id) % 12 = 0 THEN first_name_of('student', student_id)
           || ' participates; "great" attitude.'
       END AS teacher_comment,
       key_of(student_id // 10000000, 5000001 + class_id % 8) AS graded_by,
       author(student_id // 10000000, student_id) AS created_by,
       author(student_id // 10000000, class_id) AS updated_by,
       TIMESTAMP '2024-11-01 09:00:00' AS created_at, NULL::TIMESTAMP AS updated_at, _ours
FROM (SELECT *,
    pick(['A', 'A', 'B', 'B', 'C', 'D'], 'grade/' || period, student_id + class_id) AS letter
      FROM ids.student_courses, (VALUES ('Q1'), ('Q2')) AS periods (period)
      WHERE period = 'Q1' OR student_id % 2 = 0)
ORDER BY student_id, class_id, marking_period;

-- Every third pupil is written about by a member of staff, who gets an answer to some.
CREATE OR REPLACE TABLE hcp2.messages AS
SELECT id, district_key(d) AS district_id,
       key_of(d, CASE WHEN n % 6 = 0 THEN n ELSE 5000001 + n % 8 END) AS sender_account_id,
       CASE WHEN n % 6 = 0 THEN id - 3 END AS reply_to_id, id AS about_student_id,
       CASE WHEN n % 9 = 0 THEN key_of(d, 1001 + n % 8) END AS class_id,
       CASE WHEN n % 4 > 0 THEN 'About ' || first_name || ' ' || last_name END AS subject_line,
       'Hello, ' || first_name || ' was absent. Call ' || phone_number('student', id) || ' – '
           || first_name_of('staff', key_of(d, 5000001))
           AS body,
       moment('message', id) AS sent_at, moment('message', id) AS created_at, d = 1 AS _ours
FROM pupil
WHERE n % 3 = 0
ORDER BY id;

CREATE OR REPLACE TABLE hcp2.outbound_emails AS
SELECT messages.id, messages.district_id, messages.id AS message_id,
       coalesce(students.email, 'family' || messages.id || '@mail.example') AS recipient_email,
       subject_line,
       md5('provider' || messages.id) AS provider_key,
       CASE WHEN messages.id % 23 = 0 THEN 'bounced' ELSE 'sent' END AS status, sent_at,
       sent_at AS created_at, messages._ours
FROM hcp2.messages
JOIN ids.students ON students.id = about_student_id
WHERE messages.id % 2 = 1
ORDER BY messages.id;

-- To the pupil and to a member of staff; about who moved, also to an account of the old district,
-- which leaves that row behind on both sides.
CREATE OR REPLACE TABLE hcp2.message_recipients AS
WITH sent AS (
    SELECT id AS message_id, about_student_id AS account_id, true AS ours, _ours FROM hcp2.messages
    UNION ALL
    SELECT id, key_of(id // 10000000, 5000009), true, _ours FROM hcp2.messages
    UNION ALL
    SELECT id, key_of(neighbour(id // 10000000), 5000001), false, _ours FROM hcp2.messages
    WHERE id % 30 = 3 AND neighbour(id // 10000000) IS NOT NULL
)
SELECT message_id, account_id,
       CASE WHEN message_id % 2 = 1 AND ours THEN message_id END AS email_id,
       CASE WHEN account_id % 3 > 0 THEN TIMESTAMP '2025-06-30 08:00:00' END AS read_at,
       moment('message', message_id) AS created_at, _ours AND ours AS _ours
FROM sent
ORDER BY message_id, account_id;
