-- IDS. Every table ends in the column _ours: whether the row is in the slice of district-001 by the
-- rules of the design; the last table generated is filled up by it, and no store ever sees it.

CREATE SCHEMA IF NOT EXISTS ids;

CREATE OR REPLACE TABLE ids.grade_levels AS
SELECT level::SMALLINT AS level,
       CASE level WHEN 0 THEN 'KG' ELSE lpad(level::VARCHAR, 2, '0') END AS code,
       CASE level WHEN 0 THEN 'Kindergarten' ELSE 'Grade ' || level END AS title,
       CASE WHEN level <= 5 THEN 'elementary' WHEN level <= 8 THEN 'middle'
           ELSE 'high' END AS school_stage,
       TIMESTAMP '2018-01-01 00:00:00' AS created_at,
       true AS _ours
FROM range(getvariable('top_grade') + 1) AS levels (level);

CREATE OR REPLACE TABLE ids.subjects AS
WITH titles AS (
    SELECT [
        'English Language Arts', 'Mathematics', 'Science', 'Social Studies', 'World Languages',
        'Arts', 'Reading', 'Writing', 'Algebra', 'Geometry', 'Biology', 'Chemistry', 'Physics',
        'U.S. History', 'Geography', 'Civics', 'Spanish', 'French', 'Chinese', 'Music',
        'Visual Arts', 'Theater', 'Statistics', 'Literature'
    ] AS title
)
SELECT n::BIGINT AS id,
       CASE WHEN n > 6 THEN 1 + (n - 7) // 2 % 6 END::BIGINT AS parent_id,
       'SUB-' || lpad(n::VARCHAR, 3, '0') AS code,
       title[n] AS title,
       lpad((1 + n % 6)::VARCHAR, 2, '0') AS sced_area,
       TIMESTAMP '2018-01-01 00:00:00' AS created_at,
       true AS _ours
FROM titles, range(1, getvariable('subject_count') + 1) AS numbers (n);

CREATE OR REPLACE TABLE ids.districts AS
SELECT district_key(d) AS id,
       lpad((100000 + d * 37)::VARCHAR, 7, '0') AS nces_id,
       CASE d WHEN 900 THEN 'Certification Lab'
           ELSE pick(getvariable('cities'), 'district', d) || ' Unified School District '
           || d END AS name,
       first_name_of('contact', d) || ' '
           || pick(getvariable('surnames'), 'contact', d) AS contact_name,
       'office' || d || '@district' || d || '.example' AS contact_email,
       phone_number('district', d) AS contact_phone,
       street('district', d) AS street_address,
       pick(getvariable('cities'), 'district', d) AS city,
       pick(getvariable('states'), 'district', d) AS state,
       zip_code('district', d) AS zip,
       'https://www.district' || d || '.example/' AS website_url,
       'America/Denver' AS time_zone,
       DATE '2024-08-01' AS school_year_start,
       DATE '2025-06-30' AS school_year_end,
       true AS active,
       TIMESTAMP '2019-03-01 08:00:00' + to_days(d::INTEGER) AS created_at,
       CASE WHEN d % 3 > 0 THEN TIMESTAMP '2024-09-01 08:00:00' END AS updated_at,
       d = 1 AS _ours
FROM plan;

-- School s of a district serves elementary, middle or high grades; a district of few schools, all.
CREATE OR REPLACE TABLE school_plan AS
SELECT d, s, key_of(d, s) AS id, students, schools, classes_per_school, teachers,
       CASE WHEN schools < 5 THEN 'combined' WHEN s % 5 = 3 THEN 'middle' WHEN s % 5 = 4 THEN 'high'
            ELSE 'elementary' END AS school_type,
       CASE WHEN schools < 5 THEN 0 WHEN s % 5 = 3 THEN 6 WHEN s % 5 = 4 THEN 9
           ELSE 0 END AS low_grade,
       CASE WHEN schools < 5 THEN getvariable('top_grade') WHEN s % 5 = 3 THEN 8
           WHEN s % 5 = 4 THEN 12
            ELSE 5 END AS high_grade
FROM plan, LATERAL (SELECT unnest(range(1, schools + 1)) AS s)
ORDER BY id;

CREATE OR REPLACE TABLE ids.schools AS
SELECT id, district_key(d) AS district_id,
       'S' || lpad(d::VARCHAR, 3, '0') || lpad(s::VARCHAR, 4, '0') AS state_school_id,
       pick(getvariable('school_words'), 'school', id)
           || CASE school_type WHEN 'high' THEN ' High' WHEN 'middle' THEN ' Middle'
                  WHEN 'elementary' THEN ' Elementary' ELSE ' Community' END
           || ' School ' || s AS name,
       school_type, low_grade::SMALLINT AS low_grade, high_grade::SMALLINT AS high_grade,
       street('school', id) AS street_address, pick(getvariable('cities'), 'district', d) AS city,
       pick(getvariable('states'), 'district', d) AS state, zip_code('school', id) AS zip,
       phone_number('school', id) AS phone,
       'school' || s || '@district' || d || '.example' AS office_email,
       'https://school' || s || '.district' || d || '.example/' AS website_url,
       (students // schools * 5 // 4 + 20)::INTEGER AS capacity,
       CASE WHEN s % 4 = 1 THEN ''
           WHEN s % 4 = 2 THEN 'Every child, every day: "we learn together".'
           END AS mission_statement,
       DATE '1950-09-01' + (roll('opened', id, 24000))::INTEGER AS opened_on,
       author(d, s) AS created_by, author(d, s + 2) AS updated_by,
       TIMESTAMP '2019-05-01 08:00:00' + to_days(s::INTEGER) AS created_at,
       CASE WHEN s % 2 = 0 THEN TIMESTAMP '2024-08-10 10:00:00' END AS updated_at,
       key_of(d, 5000000 + teachers + s) AS principal_id,
       d = 1 AS _ours
FROM school_plan;

-- Families: pupils 2f-1 and 2f of a district are siblings and share a surname and an address.
CREATE OR REPLACE TABLE pupil AS
WITH numbered AS (
    SELECT d, n, key_of(d, n) AS id, (n + 1) // 2 AS family, schools, classes_per_school,
           1 + n % schools AS s
    FROM plan, LATERAL (SELECT unnest(range(1, students + 1)) AS n)
), placed AS (
    SELECT numbered.*, low_grade + (n // numbered.schools) % (high_grade - low_grade + 1) AS grade
    FROM numbered
    JOIN school_plan USING (d, s)
)
SELECT *, key_of(d, s) AS school_id,
       -- The twelve pupils of district-001 outside 5-22.
       CASE WHEN d = 1 AND n BETWEEN 21 AND 26 THEN 4 WHEN d = 1 AND n BETWEEN 27 AND 32 THEN n
            ELSE 5 + grade + roll('age', id, 2) END AS age,
       gender_of('student', id) AS gender,
       first_name_of('student', id) AS first_name,
       pick(getvariable('surnames'), 'family', key_of(d, family)) AS last_name,
       -- Every fiftieth moved here from the neighbouring district, where an old record of him
       -- remains.
       n % 50 = 3 AND neighbour(d) IS NOT NULL AS moved
FROM placed
ORDER BY id;

CREATE OR REPLACE TABLE person AS
WITH numbered AS (
    SELECT d, m, key_of(d, 5000000 + m) AS id, teachers, schools
    FROM plan, LATERAL (SELECT unnest(range(1, staff + 1)) AS m)
)
SELECT *, gender_of('staff', id) AS gender, first_name_of('staff', id) AS first_name,
       pick(getvariable('surnames'), 'staff', id) AS last_name,
       m <= teachers AS is_teacher, m BETWEEN teachers + 1 AND teachers + schools AS is_principal,
       CASE WHEN m BETWEEN teachers + 1 AND teachers + schools THEN m - teachers
           ELSE 1 + m % schools END AS s
FROM numbered
ORDER BY id;

CREATE OR REPLACE TABLE ids.users AS
WITH people AS (
    SELECT d, id, 'student' AS person_type, id AS person_id, first_name, last_name FROM pupil
    UNION ALL
    SELECT d, id, 'staff', id, first_name, last_name FROM person
    UNION ALL
    -- The platform's own accounts belong to no district; they come with the rows they wrote.
    SELECT NULL, n, 'platform', NULL, 'Platform',
           ['Service', 'Import', 'Support', 'Sync', 'Audit'][n]
    FROM range(1, 6) AS numbers (n)
    WHERE getvariable('side') = 'prod'
)
SELECT id, district_key(d) AS district_id, person_type, person_id,
       login_of(first_name, last_name, id) AS username,
       login_of(first_name, last_name, id) || '@' || coalesce('district' || d, 'platform')
           || '.example' AS email,
       first_name || ' ' || last_name AS display_name,
       CASE WHEN id % 9 > 0 THEN '$2b$12$' || md5('password' || id) END AS password_hash,
       external_number(CASE person_type WHEN 'student' THEN 'S' ELSE 'T' END, id) AS external_id,
       CASE WHEN id % 5 > 0 THEN moment('login', id) END AS last_login_at,
       CASE WHEN id % 5 > 0 THEN ip_number('login', id) END AS last_login_ip,
       pick(['en-US', 'en-US', 'es-MX', 'vi-VN'], 'locale', id) AS locale,
       id % 31 > 0 AS active,
       CASE WHEN d IS NOT NULL THEN author(d, id) END AS created_by,
       moment('user', id) AS created_at,
       later('user', id, moment('user', id)) AS updated_at,
       coalesce(d = 1, true) AS _ours
FROM people
ORDER BY id;

CREATE OR REPLACE TABLE ids.staff AS
SELECT id, district_key(d) AS district_id,
       CASE WHEN m % 12 > 0 OR is_principal THEN key_of(d, s) END AS school_id, id AS user_id,
       CASE WHEN is_teacher THEN key_of(d, 5000000 + teachers + s)
            WHEN is_principal THEN key_of(d, 5000000 + teachers + schools + 1) END AS supervisor_id,
       CASE WHEN d = 1 AND m <= 3 THEN '9990' || lpad(m::VARCHAR, 4, '7')
            ELSE lpad(((d % 100) * 900000 + m * 7 + 1000003)::VARCHAR, 8, '0')
                END AS employee_number,
       first_name, last_name,
       login_of(first_name, last_name, id) || '@district' || d || '.example' AS email,
       CASE WHEN m % 7 > 0 THEN phone_number('staff', id) END AS phone,
       CASE WHEN m % 11 > 0 THEN ssn_number('staff', id) END AS ssn,
       DATE '1958-01-01' + roll('staff/birth', id, 15500)::INTEGER AS birth_date,
       gender,
       CASE WHEN is_teacher THEN 'Teacher' WHEN is_principal THEN 'Principal'
            ELSE pick(['Counselor', 'Bus Driver', 'Nurse', 'Registrar',
                'Superintendent''s Assistant'], 'job', id)
       END AS job_title,
       DATE '2004-08-01' + roll('hire', id, 7000)::INTEGER AS hire_date,
       CASE WHEN m % 25 = 0 AND is_teacher THEN DATE '2025-06-15' + roll('left', id, 14)::INTEGER
           END AS termination_date,
       CASE WHEN m % 9 = 0 THEN first_name || ' ' || last_name || ' covers for '
                || pick(getvariable('surnames'), 'covers', id)
                || '; call ' || phone_number('staff', id)
                || ' first.'
            WHEN m % 9 = 1 THEN '' END AS notes,
       author(d, m) AS created_by, author(d, m + 3) AS updated_by,
       moment('staff', id) AS created_at, later('staff', id, moment('staff', id)) AS updated_at,
       d = 1 AS _ours
FROM person;

CREATE OR REPLACE TABLE ids.teachers AS
SELECT key_of(d, m) AS id, id AS staff_id, 1 + m % getvariable('subject_count') AS subject_id,
       'T' || lpad(((d % 100) * 900000 + m * 7 + 1000003)::VARCHAR, 8, '0') AS license_number,
       pick(['Bachelor', 'Master', 'Master', 'Doctorate'], 'degree', id) AS highest_degree,
       m % 40 <> 39 AS active,
       author(d, m) AS created_by, author(d, m + 1) AS updated_by,
       moment('teacher', id) AS created_at,
       later('teacher', id, moment('teacher', id)) AS updated_at,
       d = 1 AS _ours
FROM person
WHERE is_teacher;

CREATE OR REPLACE TABLE ids.students AS
SELECT id, district_key(d) AS district_id, school_id, id AS user_id,
       state_student_number(id) AS state_student_id, sis_number(id) AS sis_id,
       external_number('S', id) AS external_id,
       first_name, CASE WHEN n % 3 = 0 THEN first_name_of('middle', id) END AS middle_name,
       last_name,
       CASE WHEN n % 8 = 0 THEN plain(first_name)[:3] || 'y'
           WHEN n % 8 = 1 THEN first_name END AS preferred_name,
       (DATE '2024-09-01' - to_years(age::INTEGER) - to_days(roll('birth', id, 360)::INTEGER))::DATE
           AS birth_date,
       age::INTEGER AS age, gender, grade::SMALLINT AS grade_level,
       CASE WHEN n % 13 > 0 THEN login_of(first_name, last_name, id) || '@students.district' || d
           || '.example' END AS email,
       CASE WHEN n % 6 > 0 THEN phone_number('student', id) END AS phone,
       CASE WHEN n % 4 > 0 THEN ssn_number('student', id) END AS ssn,
       street('family', key_of(d, family)) AS street_address,
       CASE WHEN n % 5 = 0 THEN 'Apt ' || (1 + n % 40) WHEN n % 5 = 1 THEN '' END AS address_line2,
       pick(getvariable('cities'), 'family', key_of(d, family)) AS city,
       pick(getvariable('states'), 'district', d) AS state,
       zip_code('family', key_of(d, family)) AS zip,
       pick(getvariable('languages'), 'family', key_of(d, family)) AS home_language,
       pick(['free', 'reduced', 'paid', 'paid'], 'lunch', id) AS lunch_status,
       n % 9 = 0 AS special_education,
       CASE WHEN n % 4 = 0 THEN 'https://photos.district' || d || '.example/'
           || login_of(first_name, last_name, id) || '.jpg'
       END AS photo_url,
       CASE WHEN n % 10 = 0 THEN first_name || ' "' || plain(first_name)[:3] || '" ' || last_name
           || ' lives with '
            || first_name_of('guardian', key_of(d, 2 * family - 1)) || '; sibling at the school.'
            WHEN n % 10 = 1 THEN '' END AS notes,
       author(d, n) AS created_by, author(d, n + 2) AS updated_by,
       moment('student', id) AS created_at,
       later('student', id, moment('student', id)) AS updated_at,
       d = 1 AS _ours
FROM pupil;
