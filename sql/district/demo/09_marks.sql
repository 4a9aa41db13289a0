-- Marked values: in every personal column a few rows of district-001 hold what no dictionary
-- contains. The table `personal` names the columns, the view `marks` returns (store, "table",
-- "column", value), one row per planted value, and `mark_statements` the UPDATEs that plant them
-- (PROD only). Words begin with Zqxmark; what must be a number is one that nobody is given:
-- telephone and SSN area 999, ZIP 000nn-9999, birth in 1901, addresses of 240.0.0.0/8, latitude
-- -77.7, identifiers beginning with 9990. Issued identifiers are the same in every store, so
-- 01_vocabulary.sql marks them by person.

CREATE OR REPLACE TABLE personal AS
SELECT row_number() OVER () AS serial, split_part(path, '.', 1) AS store,
       split_part(path, '.', 2) AS "table",
       split_part(path, '.', 3) AS "column", kind
FROM (VALUES
    ('ids.districts.contact_name', 'name'), ('ids.districts.contact_email', 'email'),
    ('ids.districts.contact_phone', 'phone'), ('ids.districts.street_address', 'street'),
    ('ids.districts.city', 'city'), ('ids.districts.zip', 'zip'),
    ('ids.districts.website_url', 'url'),
    ('ids.users.username', 'login'), ('ids.users.email', 'email'),
    ('ids.users.display_name', 'name'),
    ('ids.users.password_hash', 'login'), ('ids.users.external_id', 'external_id'),
    ('ids.users.last_login_ip', 'ip'),
    ('ids.schools.street_address', 'street'), ('ids.schools.city', 'city'),
    ('ids.schools.zip', 'zip'),
    ('ids.schools.phone', 'phone'), ('ids.schools.office_email', 'email'),
    ('ids.schools.website_url', 'url'),
    ('ids.staff.employee_number', 'employee_number'), ('ids.staff.first_name', 'name'),
    ('ids.staff.last_name', 'name'),
    ('ids.staff.email', 'email'), ('ids.staff.phone', 'phone'), ('ids.staff.ssn', 'ssn'),
    ('ids.staff.birth_date', 'date'),
    ('ids.staff.notes', 'text'), ('ids.teachers.license_number', 'license'),
    ('ids.students.state_student_id', 'state_student_id'), ('ids.students.sis_id', 'sis_id'),
    ('ids.students.external_id', 'external_id'), ('ids.students.first_name', 'name'),
    ('ids.students.middle_name', 'name'), ('ids.students.last_name', 'name'),
    ('ids.students.preferred_name', 'name'),
    ('ids.students.birth_date', 'date'), ('ids.students.email', 'email'),
    ('ids.students.phone', 'phone'),
    ('ids.students.ssn', 'ssn'), ('ids.students.street_address', 'street'),
    ('ids.students.address_line2', 'name'),
    ('ids.students.city', 'city'), ('ids.students.zip', 'zip'), ('ids.students.photo_url', 'url'),
    ('ids.students.notes', 'text'), ('ids.enrollments.exit_reason', 'name'),
    ('ids.attendance.excuse_note', 'text'),
    ('hcp1.accounts.username', 'login'), ('hcp1.accounts.email', 'email'),
    ('hcp1.accounts.display_name', 'name'),
    ('hcp1.accounts.password_hash', 'login'), ('hcp1.accounts.sis_id', 'sis_id'),
    ('hcp1.accounts.external_id', 'external_id'), ('hcp1.accounts.last_login_ip', 'ip'),
    ('hcp1.user_sessions.ip_address', 'ip'), ('hcp1.user_sessions.referrer_url', 'url'),
    ('hcp1.addresses.street_address', 'street'), ('hcp1.addresses.address_line2', 'name'),
    ('hcp1.addresses.city', 'city'),
    ('hcp1.addresses.postal_code', 'zip'), ('hcp1.addresses.latitude', 'degrees'),
    ('hcp1.addresses.longitude', 'degrees'),
    ('hcp1.guardians.first_name', 'name'), ('hcp1.guardians.last_name', 'name'),
    ('hcp1.guardians.full_name', 'name'),
    ('hcp1.guardians.email', 'email'), ('hcp1.guardians.home_phone', 'phone'),
    ('hcp1.guardians.mobile_phone', 'phone'),
    ('hcp1.guardians.employer', 'name'), ('hcp1.guardians.notes', 'text'),
    ('hcp1.emergency_contacts.full_name', 'name'),
    ('hcp1.emergency_contacts.phone', 'phone'),
    ('hcp1.emergency_contacts.alternate_phone', 'phone'),
    ('hcp1.health_records.physician_name', 'name'),
    ('hcp1.health_records.physician_phone', 'phone'),
    ('hcp1.health_records.insurance_number', 'insurance'),
    ('hcp1.health_records.allergies', 'text'),
    ('hcp1.health_records.medical_notes', 'text'), ('hcp1.transfer_records.reason', 'text'),
    ('hcp1.bus_stops.street_corner', 'street'),
    ('hcp2.resources.url', 'url'), ('hcp2.assignments.instructions', 'text'),
    ('hcp2.submissions.feedback', 'text'),
    ('hcp2.submissions.attachment_url', 'url'), ('hcp2.grades.teacher_comment', 'text'),
    ('hcp2.messages.subject_line', 'text'), ('hcp2.messages.body', 'text'),
    ('hcp2.outbound_emails.recipient_email', 'email'),
    ('hcp2.outbound_emails.subject_line', 'text'), ('hcp2.outbound_emails.provider_key', 'login'),
    ('adb.import_batches.file_url', 'url'), ('adb.external_id_map.external_id', 'external_id'),
    ('adb.external_id_map.sis_id', 'sis_id'),
    ('adb.external_id_map.state_student_id', 'state_student_id'),
    ('adb.assessment_results.proctor_name', 'name'), ('adb.student_snapshots.full_name', 'name'),
    ('adb.student_snapshots.email', 'email'), ('adb.student_snapshots.birth_date', 'date'),
    ('adb.audit_log.detail', 'text'), ('adb.audit_log.ip_address', 'ip'),
    ('adb.events.payload', 'json'),
    ('adb.events.ip_address', 'ip'), ('adb.events.page_url', 'url'),
    ('sp.District.superintendent_name', 'name'), ('sp.District.contact_email', 'email'),
    ('sp.School.phone', 'phone'),
    ('sp.School.office_email', 'email'), ('sp.Student.first_name', 'name'),
    ('sp.Student.last_name', 'name'),
    ('sp.Student.full_name', 'name'), ('sp.Student.email', 'email'),
    ('sp.Student.birth_date', 'date'),
    ('sp.Student.sis_id', 'sis_id'), ('sp.Student.state_student_id', 'state_student_id'),
    ('sp.Staff.full_name', 'name'),
    ('sp.Staff.email', 'email'), ('sp.Staff.phone', 'phone'),
    ('sp.Staff.employee_number', 'employee_number'),
    ('sp.ENROLLED_IN.note', 'text'), ('sp.WORKS_FOR.work_phone', 'phone')
) AS listed (path, kind);

-- The mark number n (1, 2, 3) of a column.
CREATE OR REPLACE MACRO mark(kind, serial, n) AS CASE kind
    WHEN 'name' THEN 'Zqxmark' || chr((97 + serial // 26)::INTEGER)
        || chr((97 + serial % 26)::INTEGER) || chr((96 + n)::INTEGER)
    WHEN 'city' THEN 'Zqxmarkville ' || serial || '-' || n
    WHEN 'street' THEN serial || n || ' Zqxmark Way'
    WHEN 'login' THEN 'zqxmark' || serial || 'n' || n
    WHEN 'email' THEN 'zqxmark' || serial || 'n' || n || '@zqxmark.example'
    WHEN 'url' THEN 'https://zqxmark.example/' || serial || '/' || n
    WHEN 'text' THEN 'Zqxmark' || serial || ' told 999-' || (200 + serial) || '-000' || n
        || ' about Zqxmark ' || n || '.'
    WHEN 'phone' THEN '999-' || (200 + serial) || '-990' || n
    WHEN 'ssn' THEN '999-' || (10 + serial % 90) || '-990' || n
    WHEN 'zip' THEN '000' || (10 + serial % 90) || '-999' || n
    WHEN 'ip' THEN '240.99.' || serial || '.' || n
    WHEN 'date' THEN '1901-' || lpad((1 + serial % 12)::VARCHAR, 2, '0') || '-0' || n
    WHEN 'degrees' THEN '-77.' || (700000 + serial * 10 + n)
    WHEN 'license' THEN 'T9990' || lpad((serial * 10 + n)::VARCHAR, 4, '0')
    WHEN 'insurance' THEN 'H9990' || lpad((serial * 10 + n)::VARCHAR, 6, '0')
    WHEN 'json' THEN 'Zqxmarkleaf' || serial || 'n' || n
    WHEN 'employee_number' THEN '9990' || lpad(n::VARCHAR, 4, '7')
    WHEN 'state_student_id' THEN state_student_number(10000000 + n)
    WHEN 'sis_id' THEN sis_number(10000000 + n)
    WHEN 'external_id' THEN external_number('S', 10000000 + n)
END;

-- In a JSON column the value is a leaf.
CREATE OR REPLACE VIEW marks AS
SELECT store, "table", "column", mark(kind, serial, n) AS value
FROM personal, range(1, 4) AS numbers (n)
-- There is one district of ours.
WHERE "table" NOT IN ('districts', 'District') OR n = 1;

CREATE OR REPLACE VIEW mark_statements AS
WITH valued AS (
    SELECT *,
           format('[''{}'', ''{}'', ''{}''][n]', mark(kind, serial, 1), mark(kind, serial, 2),
               mark(kind, serial, 3)) AS value
    FROM personal
    WHERE kind NOT IN ('employee_number', 'state_student_id', 'sis_id', 'external_id')
)
SELECT format(
    'WITH chosen AS (SELECT rowid AS row, row_number() OVER (ORDER BY rowid) AS n FROM {0}."{1}" '
    'WHERE _ours AND "{2}" IS NOT NULL AND "{2}"::VARCHAR <> '''' QUALIFY n <= 3) '
    'UPDATE {0}."{1}" SET "{2}" = {3} FROM chosen WHERE "{1}".rowid = chosen.row',
    store, "table", "column",
    CASE kind
        WHEN 'json' THEN format('json_merge_patch("{}", json_object(''contact'', {}))::VARCHAR',
            "column", value)
        WHEN 'date' THEN value || '::DATE'
        WHEN 'degrees' THEN value || '::DECIMAL(9, 6)'
        ELSE value
    END) AS statement
FROM valued
ORDER BY serial;
