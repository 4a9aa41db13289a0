-- HCP1: accounts, families, health, buses. Cross-store keys are those of IDS; _ours as in
-- 03_ids.sql.

CREATE SCHEMA IF NOT EXISTS hcp1;

CREATE OR REPLACE TABLE hcp1.accounts AS
SELECT users.id, users.district_id, users.id AS user_id,
       CASE users.person_type WHEN 'student' THEN users.person_id END AS student_id,
       CASE users.person_type WHEN 'staff' THEN users.person_id END AS staff_id,
       users.person_type AS account_type, users.username,
       CASE WHEN users.id % 17 > 0 THEN users.email END AS email, users.display_name,
       CASE WHEN users.id % 9 > 0 THEN '$2b$10$' || md5('account' || users.id) END AS password_hash,
       CASE users.person_type WHEN 'student' THEN sis_number(users.id) END AS sis_id,
       users.external_id, users.last_login_at, users.last_login_ip, users.locale,
       CASE WHEN users.id % 61 = 0 THEN 'locked' ELSE 'active' END AS status,
       author(users.id // 10000000, users.id) AS created_by,
       author(users.id // 10000000, users.id + 1) AS updated_by,
       users.created_at, users.updated_at, users._ours
FROM ids.users
WHERE users.person_type <> 'platform'
ORDER BY users.id;

CREATE OR REPLACE TABLE hcp1.user_sessions AS
SELECT accounts.id * 4 + k AS id, accounts.id AS account_id,
       ip_number('session', accounts.id * 4 + k) AS ip_address,
       pick(getvariable('agents'), 'agent', accounts.id) AS user_agent,
       pick(['password', 'sso', 'sso', 'badge'], 'method', accounts.id) AS login_method,
       CASE WHEN k = 1 THEN 'https://portal.district' || accounts.id // 10000000 || '.example/u/'
           || username END AS referrer_url,
       moment('session', accounts.id * 4 + k) AS started_at,
       CASE WHEN k < 2 THEN moment('session', accounts.id * 4 + k)
           + to_minutes(1 + roll('session/length', accounts.id, 300))
       END AS ended_at,
       moment('session', accounts.id * 4 + k) AS created_at, _ours
FROM hcp1.accounts, range(3) AS numbers (k)
ORDER BY id;

-- One address a family. Guardian 2f-1 is the contact of the family's first pupil, so its district
-- keeps his record; guardian 2f is nobody's contact and comes along with whoever needs him.
CREATE OR REPLACE TABLE family AS
SELECT d, family, key_of(d, family) AS id, any_value(last_name) AS last_name
FROM pupil
GROUP BY ALL
ORDER BY id;

CREATE OR REPLACE TABLE hcp1.addresses AS
SELECT id, street('family', id) AS street_address,
       CASE WHEN family % 5 = 0 THEN 'Unit ' || family % 30 END AS address_line2,
       pick(getvariable('cities'), 'family', id) AS city,
       pick(getvariable('states'), 'district', d) AS state,
       zip_code('family', id) AS postal_code,
       (32 + roll('latitude', id, 12000000) / 1000000.0)::DECIMAL(9, 6) AS latitude,
       (-115 + roll('longitude', id, 35000000) / 1000000.0)::DECIMAL(9, 6) AS longitude,
       family % 3 > 0 AS verified, moment('address', id) AS created_at,
       later('address', id, moment('address', id)) AS updated_at,
       -- Family 1 of district-002 has a guardian whom pupils of ours name, too; some addresses
       -- nobody has.
       (d = 1 AND family % 29 > 0) OR (d = 2 AND family = 1) AS _ours
FROM family;

CREATE OR REPLACE TABLE hcp1.guardians AS
WITH numbered AS (
    SELECT d, family, id AS address_id, last_name, key_of(d, 2 * family - 1 + side) AS id, side
    FROM family, range(2) AS sides (side)
    WHERE side = 0 OR family % 3 > 0
), named AS (
    SELECT *, first_name_of('guardian', id) AS first_name FROM numbered
)
SELECT id, CASE WHEN family % 29 > 0 THEN address_id END AS address_id,
       CASE side WHEN 0 THEN id END AS contact_student_id,
       first_name, last_name, first_name || ' ' || last_name AS full_name,
       CASE WHEN id % 6 > 0 THEN login_of(first_name, last_name, id)
           || '@mail.example' END AS email,
       CASE WHEN id % 3 = 0 THEN phone_number('home', address_id) END AS home_phone,
       CASE WHEN id % 8 > 0 THEN phone_number('guardian', id) END AS mobile_phone,
       CASE WHEN id % 4 = 0 THEN pick(getvariable('surnames'), 'employer', id)
           || ' & Sons' END AS employer,
       pick(getvariable('languages'), 'family', address_id) AS preferred_language,
       id % 2 = 0 AS portal_active,
       CASE WHEN id % 10 = 0 THEN 'Prefers "' || first_name || '". Not to be contacted by Mr '
           || last_name || '.'
            WHEN id % 10 = 1 THEN '' END AS notes,
       author(d, id) AS created_by, author(d, id + 2) AS updated_by,
       moment('guardian', id) AS created_at,
       later('guardian', id, moment('guardian', id)) AS updated_at,
       d = 1 OR (d = 2 AND family = 1 AND side = 1) AS _ours
FROM named
ORDER BY id;

-- Beside his own family a pupil who moved names one of the old district, whose contact is a foreign
-- pupil (left out), and a fifth pupil of fifty names one who is nobody's contact (comes along).
CREATE OR REPLACE TABLE hcp1.student_guardians AS
WITH named AS (
    SELECT d, n, id AS student_id, key_of(d, 2 * family - 1) AS guardian_id, true AS is_primary,
           true AS ours FROM pupil
    UNION ALL
    SELECT d, n, id, key_of(d, 2 * family), false, true FROM pupil WHERE family % 3 > 0
    UNION ALL
    SELECT d, n, id, key_of(neighbour(d), 1), false, false FROM pupil WHERE moved
    UNION ALL
    SELECT d, n, id, key_of(neighbour(d), 2), false, true FROM pupil
    WHERE n % 50 = 5 AND neighbour(d) IS NOT NULL
)
SELECT student_id, guardian_id,
       CASE gender_of('guardian', guardian_id) WHEN 'F' THEN 'mother' WHEN 'M' THEN 'father'
           ELSE 'guardian' END AS relationship,
       is_primary, n % 7 > 0 AS pickup_allowed, author(d, n) AS created_by,
       author(d, n + 2) AS updated_by,
       moment('named', guardian_id) AS created_at, d = 1 AND ours AS _ours
FROM named
ORDER BY student_id, guardian_id;

-- Brothers and sisters, both ways; some of who moved stayed behind, in the old district.
CREATE OR REPLACE TABLE hcp1.sibling_links AS
WITH pairs AS (
    SELECT d, n, id AS student_id, key_of(d, n + 1) AS sibling_id, true AS ours FROM pupil
    WHERE n % 8 = 1
    UNION ALL
    SELECT d, n, key_of(d, n + 1), id, true FROM pupil WHERE n % 8 = 1
    UNION ALL
    SELECT d, n, id, key_of(neighbour(d), 1 + n % 40), false FROM pupil WHERE moved
    UNION ALL
    SELECT d, n, key_of(neighbour(d), 1 + n % 40), id, false FROM pupil WHERE moved
)
SELECT student_id, sibling_id,
       pick(['full', 'full', 'half', 'step'], 'relation', student_id + sibling_id) AS relation,
       CASE WHEN n % 16 = 1 THEN DATE '2024-09-10' END AS verified_on, author(d, n) AS created_by,
       moment('sibling', student_id + sibling_id) AS created_at, d = 1 AND ours AS _ours
FROM pairs
ORDER BY student_id, sibling_id;

CREATE OR REPLACE TABLE hcp1.emergency_contacts AS
WITH named AS (
    SELECT d, n, id AS student_id, id * 2 + k AS id, k,
           first_name_of('emergency', id * 2 + k) AS first_name,
           CASE k WHEN 0 THEN last_name
               ELSE pick(getvariable('surnames'), 'emergency', id) END AS last_name
    FROM pupil, range(2) AS numbers (k)
    WHERE k = 0 OR n % 2 = 0
)
SELECT id, student_id, first_name || ' ' || last_name AS full_name,
       pick(['aunt', 'uncle', 'grandmother', 'neighbor', 'family friend'], 'relationship',
           id) AS relationship,
       phone_number('emergency', id) AS phone,
       CASE WHEN id % 5 = 0 THEN phone_number('alternate', id) END AS alternate_phone,
       (k + 1)::SMALLINT AS priority,
       author(d, n) AS created_by, author(d, n + 3) AS updated_by,
       moment('emergency', id) AS created_at,
       later('emergency', id, moment('emergency', id)) AS updated_at, d = 1 AS _ours
FROM named
ORDER BY id;

CREATE OR REPLACE TABLE hcp1.health_records AS
SELECT id, district_key(d) AS district_id, id AS student_id,
       CASE WHEN n % 3 > 0 THEN 'Dr. '
           || pick(getvariable('surnames'), 'physician', id) END AS physician_name,
       CASE WHEN n % 3 > 0 THEN phone_number('physician', id) END AS physician_phone,
       CASE WHEN n % 5 > 0 THEN 'H'
           || lpad((id * 37 % 10000000000)::VARCHAR, 10, '0') END AS insurance_number,
       CASE WHEN n % 6 = 0 THEN pick(['Peanuts', 'Penicillin', 'Bee stings',
           'Latex; carries an "EpiPen"'], 'allergy', id)
            WHEN n % 6 = 1 THEN '' END AS allergies,
       CASE WHEN n % 15 = 0 THEN first_name || ' ' || last_name
           || ' takes medication at noon.' END AS medical_notes,
       n % 30 > 0 AS immunized,
       CASE WHEN n % 4 > 0 THEN DATE '2024-09-01' + roll('screening', id, 200)::INTEGER
           END AS last_screening,
       author(d, n) AS created_by, author(d, n + 2) AS updated_by,
       moment('health', id) AS created_at,
       later('health', id, moment('health', id)) AS updated_at, d = 1 AS _ours
FROM pupil;

CREATE OR REPLACE TABLE hcp1.bus_routes AS
SELECT key_of(d, s * 10 + r) AS id, district_key(d) AS district_id, key_of(d, s) AS school_id,
       CASE WHEN r < 3 THEN key_of(d, 5000001 + teachers + s) END AS driver_id,
       'Route ' || s || '-' || r AS name,
       72 + students // schools // 12 AS capacity, true AS active, author(d, s + r) AS created_by,
       author(d, s) AS updated_by,
       moment('route', key_of(d, s * 10 + r)) AS created_at, d = 1 AS _ours
FROM school_plan, range(1, 4) AS numbers (r)
ORDER BY id;

CREATE OR REPLACE TABLE hcp1.bus_stops AS
SELECT id * 10 + k AS id, id AS route_id, k::SMALLINT AS stop_order,
       pick(getvariable('streets'), 'stop', id * 10 + k) || ' & '
           || pick(getvariable('streets'), 'corner', id * 10 + k) AS street_corner,
       (400 + 6 * k)::SMALLINT AS pickup_minute, created_by,
       CASE WHEN k = 1 THEN created_by END AS updated_by, created_at, _ours
FROM hcp1.bus_routes, range(1, 9) AS numbers (k)
ORDER BY id;

CREATE OR REPLACE TABLE hcp1.student_transport AS
SELECT id AS student_id,
       key_of(d, s * 10 + 1 + roll('route', id, 3)) * 10 + 1 + roll('stop', id, 8) AS stop_id,
       CASE k WHEN 0 THEN 'to' ELSE 'from' END AS direction, DATE '2024-08-15' AS effective_from,
       CASE WHEN n % 20 = 0 THEN DATE '2025-01-31' END AS effective_to, author(d, n) AS created_by,
       moment('transport', id) AS created_at, d = 1 AS _ours
FROM pupil, range(2) AS numbers (k)
WHERE n % 4 = 1
ORDER BY student_id, stop_id, direction;

CREATE OR REPLACE TABLE hcp1.transfer_records AS
SELECT id, district_key(d) AS district_id, id AS student_id,
       key_of(neighbour(d), 1) AS from_school_id,
       school_id AS to_school_id, key_of(d, 2 * family - 1) AS guardian_id,
       DATE '2024-06-03' AS requested_on,
       DATE '2024-07-01' AS approved_on, key_of(d, 5000001) AS approved_by,
       CASE WHEN n % 100 = 3 THEN first_name || '''s family moved; former guardian '
           || first_name_of('guardian', key_of(neighbour(d), 1))
       END AS reason, author(d, n) AS created_by, author(d, n + 2) AS updated_by,
       TIMESTAMP '2024-06-03 09:00:00' AS created_at, NULL::TIMESTAMP AS updated_at, d = 1 AS _ours
FROM pupil
WHERE moved;
