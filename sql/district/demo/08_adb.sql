-- ADB, and the last table of all: events, which fill district-001 up to 543,210 x scale records.
-- _ours as in 03_ids.sql.

CREATE SCHEMA IF NOT EXISTS adb;

CREATE OR REPLACE TABLE adb.import_batches AS
SELECT key_of(d, b) AS id, district_key(d) AS district_id, key_of(d, 5000001 + b) AS requested_by,
       pick(['powerschool', 'infinite', 'skyward'], 'sis', d) AS source_system,
       'https://sis.district' || d || '.example/export/' || b || '.csv' AS file_url,
       TIMESTAMP '2024-08-01 02:00:00' + to_days((b * 20)::INTEGER) AS started_at,
       TIMESTAMP '2024-08-01 02:20:00' + to_days((b * 20)::INTEGER) AS finished_at,
       students::INTEGER AS row_count,
       CASE b WHEN 3 THEN 'failed' ELSE 'done' END AS status,
       TIMESTAMP '2024-08-01 02:20:00' + to_days((b * 20)::INTEGER) AS created_at, d = 1 AS _ours
FROM plan, range(1, 9) AS numbers (b)
ORDER BY id;

CREATE OR REPLACE TABLE adb.external_id_map AS
SELECT id, district_id, key_of(id // 10000000, 1 + id % 8) AS batch_id, person_type AS entity_type,
       person_id AS entity_id,
       external_id, CASE person_type WHEN 'student' THEN sis_number(id) END AS sis_id,
       CASE person_type WHEN 'student' THEN state_student_number(id) END AS state_student_id,
       CASE WHEN id % 3 > 0 THEN DATE '2024-08-02' END AS matched_on,
       (0.9 + id % 10 / 100.0)::DECIMAL(4, 3) AS confidence,
       author(id // 10000000, id) AS created_by, TIMESTAMP '2024-08-02 02:00:00' AS created_at,
       NULL::TIMESTAMP AS updated_at, _ours
FROM ids.users
WHERE person_type <> 'platform'
ORDER BY id;

CREATE OR REPLACE TABLE adb.assessments AS
SELECT key_of(d, a) AS id, district_key(d) AS district_id, 1 + a % 6 AS subject_id,
       ['Fall', 'Winter', 'Spring'][1 + a % 3] || ' assessment ' || a AS title,
       ['benchmark', 'state', 'screener'][1 + a % 3] AS assessment_type, 300 AS max_score,
       DATE '2024-09-10' + (a * 20)::INTEGER AS window_start,
       DATE '2024-09-24' + (a * 20)::INTEGER AS window_end,
       author(d, a) AS created_by, author(d, a + 2) AS updated_by,
       TIMESTAMP '2024-08-01 09:00:00' AS created_at, d = 1 AS _ours
FROM plan, range(1, 13) AS numbers (a)
ORDER BY id;

CREATE OR REPLACE TABLE adb.assessment_results AS
SELECT key_of(d, 1 + (n + 4 * k) % 12) AS assessment_id, id AS student_id, school_id,
       grade::SMALLINT AS grade_level,
       score::INTEGER AS score, (1 + score * 98 // 300)::SMALLINT AS percentile,
       CASE WHEN score < 100 THEN 'below' WHEN score < 200 THEN 'meets'
           ELSE 'exceeds' END AS performance_level,
       CASE WHEN n % 4 = 0 THEN first_name_of('proctor', n // 20) || ' '
           || pick(getvariable('surnames'), 'proctor', n // 20)
       END AS proctor_name,
       author(d, n) AS recorded_by,
       DATE '2024-09-12' + (20 * (1 + (n + 4 * k) % 12))::INTEGER AS taken_on,
       TIMESTAMP '2025-06-01 09:00:00' AS created_at, d = 1 AS _ours
FROM (SELECT *, roll('score', id * 4 + k, 301) AS score FROM pupil, range(3) AS numbers (k))
ORDER BY assessment_id, student_id;

CREATE OR REPLACE TABLE adb.student_snapshots AS
SELECT pupil.id AS student_id, snapshot_date, district_key(d) AS district_id, pupil.school_id,
       key_of(d, 1 + n % teachers) AS homeroom_teacher_id,
       pupil.first_name || ' ' || pupil.last_name AS full_name, students.email,
       students.birth_date, pupil.gender, grade::SMALLINT AS grade_level,
       (roll('gpa', pupil.id, 4001) / 1000.0)::DECIMAL(4, 3) AS gpa,
       roll('absent', pupil.id, 30)::INTEGER AS days_absent,
       CASE WHEN n % 5 > 0 THEN roll('risk', pupil.id, 10001) / 100.0 END::DECIMAL(5,
           2) AS risk_score,
       snapshot_date + INTERVAL 5 HOUR AS created_at, pupil._ours
FROM (SELECT *, d = 1 AS _ours FROM pupil JOIN plan USING (d)) AS pupil
JOIN ids.students AS students ON students.id = pupil.id,
    (VALUES (DATE '2024-10-01'), (DATE '2025-02-01')) AS dates (snapshot_date)
ORDER BY student_id, snapshot_date;

CREATE OR REPLACE TABLE adb.school_metrics AS
SELECT id AS school_id, school_year, metric, district_key(d) AS district_id,
       (roll(metric, id, 10001) / 100.0)::DECIMAL(12, 2) AS value,
       (students // schools)::INTEGER AS student_count,
       author(d, s) AS computed_by, TIMESTAMP '2025-06-20 04:00:00' AS created_at,
       NULL::TIMESTAMP AS updated_at, d = 1 AS _ours
FROM school_plan, (VALUES ('2023-2024'), ('2024-2025')) AS years (school_year),
    (VALUES ('attendance_rate'), ('graduation_rate'), ('mobility_rate'),
        ('proficiency_rate')) AS metrics (metric)
ORDER BY school_id, school_year, metric;

-- Platform-wide entries have no district; they are ours when their target is.
CREATE OR REPLACE TABLE adb.audit_log AS
SELECT key_of(d, n) AS id, CASE WHEN n % 40 > 0 THEN district_key(d) END AS district_id,
       coalesce(author(d, n), key_of(d, 5000002)) AS actor_id,
       CASE WHEN n % 40 = 0 THEN 'student'
           ELSE ['student', 'staff', 'school', 'class', 'course'][1 + n % 5] END AS target_type,
       CASE WHEN n % 5 = 0 OR n % 40 = 0 THEN id WHEN n % 5 = 1 THEN key_of(d, 5000001 + n % 10)
           WHEN n % 5 = 2 THEN school_id
            WHEN n % 5 = 3 THEN key_of(d, s * 1000 + 1) ELSE key_of(d, 1 + n % 24) END AS target_id,
       ['view', 'update', 'export', 'create'][1 + n % 4] AS action,
       CASE WHEN n % 6 = 0 THEN 'viewed the file of ' || first_name || ' ' || last_name
           WHEN n % 6 = 1 THEN '' END AS detail,
       ip_number('audit', id) AS ip_address, moment('audit', id) AS created_at, d = 1 AS _ours
FROM pupil
ORDER BY id;

-- What district-001 has so far, in all stores.
SET VARIABLE ours = (
    SELECT sum(rows)
    FROM (
        SELECT count(*) AS rows FROM ids.grade_levels WHERE _ours
        UNION ALL SELECT count(*) FROM ids.subjects WHERE _ours
        UNION ALL SELECT count(*) FROM ids.districts WHERE _ours
        UNION ALL SELECT count(*) FROM ids.users WHERE _ours
        UNION ALL SELECT count(*) FROM ids.schools WHERE _ours
        UNION ALL SELECT count(*) FROM ids.staff WHERE _ours
        UNION ALL SELECT count(*) FROM ids.teachers WHERE _ours
        UNION ALL SELECT count(*) FROM ids.students WHERE _ours
        UNION ALL SELECT count(*) FROM ids.courses WHERE _ours
        UNION ALL SELECT count(*) FROM ids.prerequisites WHERE _ours
        UNION ALL SELECT count(*) FROM ids.classes WHERE _ours
        UNION ALL SELECT count(*) FROM ids.class_assignments WHERE _ours
        UNION ALL SELECT count(*) FROM ids.student_courses WHERE _ours
        UNION ALL SELECT count(*) FROM ids.enrollments WHERE _ours
        UNION ALL SELECT count(*) FROM ids.attendance WHERE _ours
        UNION ALL SELECT count(*) FROM hcp1.accounts WHERE _ours
        UNION ALL SELECT count(*) FROM hcp1.user_sessions WHERE _ours
        UNION ALL SELECT count(*) FROM hcp1.addresses WHERE _ours
        UNION ALL SELECT count(*) FROM hcp1.guardians WHERE _ours
        UNION ALL SELECT count(*) FROM hcp1.student_guardians WHERE _ours
        UNION ALL SELECT count(*) FROM hcp1.sibling_links WHERE _ours
        UNION ALL SELECT count(*) FROM hcp1.emergency_contacts WHERE _ours
        UNION ALL SELECT count(*) FROM hcp1.health_records WHERE _ours
        UNION ALL SELECT count(*) FROM hcp1.bus_routes WHERE _ours
        UNION ALL SELECT count(*) FROM hcp1.bus_stops WHERE _ours
        UNION ALL SELECT count(*) FROM hcp1.student_transport WHERE _ours
        UNION ALL SELECT count(*) FROM hcp1.transfer_records WHERE _ours
        UNION ALL SELECT count(*) FROM hcp2.standards WHERE _ours
        UNION ALL SELECT count(*) FROM hcp2.gradebook_categories WHERE _ours
        UNION ALL SELECT count(*) FROM hcp2.resources WHERE _ours
        UNION ALL SELECT count(*) FROM hcp2.assignments WHERE _ours
        UNION ALL SELECT count(*) FROM hcp2.assignment_standards WHERE _ours
        UNION ALL SELECT count(*) FROM hcp2.submissions WHERE _ours
        UNION ALL SELECT count(*) FROM hcp2.grades WHERE _ours
        UNION ALL SELECT count(*) FROM hcp2.messages WHERE _ours
        UNION ALL SELECT count(*) FROM hcp2.outbound_emails WHERE _ours
        UNION ALL SELECT count(*) FROM hcp2.message_recipients WHERE _ours
        UNION ALL SELECT count(*) FROM adb.import_batches WHERE _ours
        UNION ALL SELECT count(*) FROM adb.external_id_map WHERE _ours
        UNION ALL SELECT count(*) FROM adb.assessments WHERE _ours
        UNION ALL SELECT count(*) FROM adb.assessment_results WHERE _ours
        UNION ALL SELECT count(*) FROM adb.student_snapshots WHERE _ours
        UNION ALL SELECT count(*) FROM adb.school_metrics WHERE _ours
        UNION ALL SELECT count(*) FROM adb.audit_log WHERE _ours
        UNION ALL SELECT count(*) FROM sp."District" WHERE _ours
        UNION ALL SELECT count(*) FROM sp."School" WHERE _ours
        UNION ALL SELECT count(*) FROM sp."Student" WHERE _ours
        UNION ALL SELECT count(*) FROM sp."Staff" WHERE _ours
        UNION ALL SELECT count(*) FROM sp."BELONGS_TO" WHERE _ours
        UNION ALL SELECT count(*) FROM sp."ENROLLED_IN" WHERE _ours
        UNION ALL SELECT count(*) FROM sp."TEACHES" WHERE _ours
        UNION ALL SELECT count(*) FROM sp."WORKS_FOR" WHERE _ours
    )
);

CREATE OR REPLACE TABLE adb.events AS
WITH counted AS (
    SELECT plan.*,
           CASE WHEN d = 1 THEN greatest(50,
               round(543210 * getvariable('scale'))::BIGINT - getvariable('ours')::BIGINT)
                        ELSE 2 * students END AS events
    FROM plan
), numbered AS (
    SELECT d, e, key_of(d, e) AS id, key_of(d, 1 + e % students) AS student_id, schools,
           e % schools AS s
    FROM counted, LATERAL (SELECT unnest(range(1, events + 1)) AS e)
)
SELECT id, district_key(d) AS district_id, CASE WHEN e % 8 > 0 THEN student_id END AS account_id,
       CASE WHEN e % 4 > 0 THEN student_id END AS student_id, key_of(d, 1 + s) AS school_id,
       event_type,
       to_json({
           'type': event_type,
           'duration_s': roll('event/length', id, 3600),
           'device': pick(['chromebook', 'ipad', 'pc'], 'device', id),
           'student': {'id': student_id, 'name': first_name_of('student', student_id)},
           'tags': [event_type, 'grade']
       })::VARCHAR AS payload,
       CASE WHEN e % 3 > 0 THEN ip_number('event', id) END AS ip_address,
       CASE WHEN e % 2 = 0 THEN 'https://learn.district' || d || '.example/s/'
           || student_id END AS page_url,
       moment('event', id) AS occurred_at, moment('event', id) AS created_at, d = 1 AS _ours
FROM (SELECT *, pick(['page_view', 'login', 'submit', 'download'], 'event', id) AS event_type
    FROM numbered)
ORDER BY id;
