-- What `datamig districts` measures. Each statement runs once in the store that its header names,
-- and its rows become a table of that name and those columns (all text), as ids.pupils; $since is
-- the day 30 days ago. A graph store has nodes(label, key, tenant) and
-- relationships(type, start_label, start_key) instead. The last statement runs in DuckDB over these
-- tables and returns one row per district:
-- id, name, state, students, staff, schools, recent_updates_30d, data_completeness_pct,
-- business_priority (NULL: 50) and footprint, a map from store to records.

-- @ids districts(id, name, state)
SELECT id, name, state
FROM districts;

-- @ids pupils(district_id, records, updated, filled_pct)
SELECT
    district_id,
    count(*),
    count(CASE WHEN updated_at >= $since THEN 1 END),
    100.0 * (count(email) + count(gender) + count(home_language) + count(street_address)
        + count(city) + count(zip)) / (6 * count(*))
FROM students
GROUP BY district_id;

-- @ids staff(district_id, records, updated)
SELECT district_id, count(*), count(CASE WHEN updated_at >= $since THEN 1 END)
FROM staff
GROUP BY district_id;

-- @ids schools(district_id, records)
SELECT district_id, count(*)
FROM schools
GROUP BY district_id;

-- @ids enrollments(district_id, records, updated)
SELECT
    student.district_id,
    count(*),
    count(CASE WHEN enrollment.updated_at >= $since THEN 1 END)
FROM enrollments AS enrollment
JOIN students AS student ON student.id = enrollment.student_id
GROUP BY student.district_id;

-- @ids others(district_id, records)
SELECT district_id, count(*)
FROM users
WHERE district_id IS NOT NULL
GROUP BY district_id
UNION ALL
SELECT district_id, count(*)
FROM courses
GROUP BY district_id
UNION ALL
SELECT staff.district_id, count(*)
FROM teachers AS teacher
JOIN staff ON staff.id = teacher.staff_id
GROUP BY staff.district_id
UNION ALL
SELECT course.district_id, count(*)
FROM prerequisites AS needed
JOIN courses AS course ON course.id = needed.course_id
GROUP BY course.district_id
UNION ALL
SELECT school.district_id, count(*)
FROM classes AS class
JOIN schools AS school ON school.id = class.school_id
GROUP BY school.district_id
UNION ALL
SELECT school.district_id, count(*)
FROM class_assignments AS taught
JOIN classes AS class ON class.id = taught.class_id
JOIN schools AS school ON school.id = class.school_id
GROUP BY school.district_id
UNION ALL
SELECT student.district_id, count(*)
FROM student_courses AS taken
JOIN students AS student ON student.id = taken.student_id
GROUP BY student.district_id
UNION ALL
SELECT student.district_id, count(*)
FROM attendance AS day
JOIN enrollments AS enrollment ON enrollment.id = day.enrollment_id
JOIN students AS student ON student.id = enrollment.student_id
GROUP BY student.district_id;

-- @hcp1 records(district_id, records)
SELECT district_id, count(*)
FROM accounts
GROUP BY district_id
UNION ALL
SELECT district_id, count(*)
FROM health_records
GROUP BY district_id
UNION ALL
SELECT district_id, count(*)
FROM bus_routes
GROUP BY district_id
UNION ALL
SELECT district_id, count(*)
FROM transfer_records
GROUP BY district_id
UNION ALL
SELECT route.district_id, count(*)
FROM bus_stops AS stop
JOIN bus_routes AS route ON route.id = stop.route_id
GROUP BY route.district_id
UNION ALL
SELECT account.district_id, count(*)
FROM user_sessions AS session
JOIN accounts AS account ON account.id = session.account_id
GROUP BY account.district_id
UNION ALL
SELECT account.district_id, count(*)
FROM sibling_links AS link
JOIN accounts AS account ON account.student_id = link.student_id
GROUP BY account.district_id
UNION ALL
SELECT account.district_id, count(*)
FROM emergency_contacts AS contact
JOIN accounts AS account ON account.student_id = contact.student_id
GROUP BY account.district_id
UNION ALL
SELECT account.district_id, count(*)
FROM student_transport AS ride
JOIN accounts AS account ON account.student_id = ride.student_id
GROUP BY account.district_id
UNION ALL
SELECT
    account.district_id,
    count(*) + count(DISTINCT care.guardian_id) + count(DISTINCT guardian.address_id)
FROM student_guardians AS care
JOIN accounts AS account ON account.student_id = care.student_id
JOIN guardians AS guardian ON guardian.id = care.guardian_id
GROUP BY account.district_id;

-- @hcp2 records(district_id, records)
SELECT district_id, count(*)
FROM resources
GROUP BY district_id
UNION ALL
SELECT district_id, count(*)
FROM messages
GROUP BY district_id
UNION ALL
SELECT district_id, count(*)
FROM outbound_emails
GROUP BY district_id
UNION ALL
SELECT message.district_id, count(*)
FROM message_recipients AS recipient
JOIN messages AS message ON message.id = recipient.message_id
GROUP BY message.district_id;

-- What names no district inside this store is shared out by the number of pupils.
-- @hcp2 unowned(records)
SELECT
    (SELECT count(*) FROM gradebook_categories)
    + (SELECT count(*) FROM assignments)
    + (SELECT count(*) FROM assignment_standards)
    + (SELECT count(*) FROM submissions)
    + (SELECT count(*) FROM grades);

-- @adb records(district_id, records)
SELECT district_id, count(*)
FROM import_batches
GROUP BY district_id
UNION ALL
SELECT district_id, count(*)
FROM external_id_map
GROUP BY district_id
UNION ALL
SELECT district_id, count(*)
FROM assessments
GROUP BY district_id
UNION ALL
SELECT district_id, count(*)
FROM student_snapshots
GROUP BY district_id
UNION ALL
SELECT district_id, count(*)
FROM school_metrics
GROUP BY district_id
UNION ALL
SELECT district_id, count(*)
FROM audit_log
WHERE district_id IS NOT NULL
GROUP BY district_id
UNION ALL
SELECT district_id, count(*)
FROM events
GROUP BY district_id
UNION ALL
SELECT assessment.district_id, count(*)
FROM assessment_results AS result
JOIN assessments AS assessment ON assessment.id = result.assessment_id
GROUP BY assessment.district_id;

-- @result
WITH
    ids_records AS (
        SELECT district_id, sum(CAST(records AS BIGINT)) AS records
        FROM (
            SELECT district_id, records FROM ids.pupils
            UNION ALL
            SELECT district_id, records FROM ids.staff
            UNION ALL
            SELECT district_id, records FROM ids.schools
            UNION ALL
            SELECT district_id, records FROM ids.enrollments
            UNION ALL
            SELECT district_id, records FROM ids.others
        )
        GROUP BY district_id
    ),
    updates AS (
        SELECT district_id, sum(CAST(updated AS BIGINT)) AS updated
        FROM (
            SELECT district_id, updated FROM ids.pupils
            UNION ALL
            SELECT district_id, updated FROM ids.staff
            UNION ALL
            SELECT district_id, updated FROM ids.enrollments
        )
        GROUP BY district_id
    ),
    shares AS (
        SELECT
            district_id,
            CAST(records AS DOUBLE) / sum(CAST(records AS DOUBLE)) OVER () AS share
        FROM ids.pupils
    ),
    hcp1_records AS (
        SELECT district_id, sum(CAST(records AS BIGINT)) AS records
        FROM hcp1.records
        GROUP BY district_id
    ),
    hcp2_records AS (
        SELECT district_id, sum(CAST(records AS BIGINT)) AS records
        FROM hcp2.records
        GROUP BY district_id
    ),
    adb_records AS (
        SELECT district_id, sum(CAST(records AS BIGINT)) AS records
        FROM adb.records
        GROUP BY district_id
    ),
    nodes AS (
        SELECT label, key, CASE label WHEN 'District' THEN key ELSE tenant END AS district_id
        FROM sp.nodes
    ),
    sp_records AS (
        SELECT district_id, count(*) AS records
        FROM (
            SELECT district_id FROM nodes
            UNION ALL
            SELECT nodes.district_id
            FROM sp.relationships AS relationship
            JOIN nodes
                ON nodes.label = relationship.start_label AND nodes.key = relationship.start_key
        )
        GROUP BY district_id
    )
SELECT
    district.id,
    district.name,
    district.state,
    coalesce(CAST(pupils.records AS BIGINT), 0) AS students,
    coalesce(CAST(staff.records AS BIGINT), 0) AS staff,
    coalesce(CAST(schools.records AS BIGINT), 0) AS schools,
    coalesce(updates.updated, 0) AS recent_updates_30d,
    CAST(pupils.filled_pct AS DOUBLE) AS data_completeness_pct,
    NULL AS business_priority,
    MAP {
        'ids': 1 + coalesce(ids_records.records, 0),
        'hcp1': coalesce(hcp1_records.records, 0),
        'hcp2': coalesce(hcp2_records.records, 0) + coalesce(
            round((SELECT sum(CAST(records AS BIGINT)) FROM hcp2.unowned) * shares.share), 0
        ),
        'adb': coalesce(adb_records.records, 0),
        'sp': coalesce(sp_records.records, 0)
    } AS footprint
FROM ids.districts AS district
LEFT JOIN ids.pupils AS pupils ON pupils.district_id = district.id
LEFT JOIN ids.staff AS staff ON staff.district_id = district.id
LEFT JOIN ids.schools AS schools ON schools.district_id = district.id
LEFT JOIN updates ON updates.district_id = district.id
LEFT JOIN shares ON shares.district_id = district.id
LEFT JOIN ids_records ON ids_records.district_id = district.id
LEFT JOIN hcp1_records ON hcp1_records.district_id = district.id
LEFT JOIN hcp2_records ON hcp2_records.district_id = district.id
LEFT JOIN adb_records ON adb_records.district_id = district.id
LEFT JOIN sp_records ON sp_records.district_id = district.id;
