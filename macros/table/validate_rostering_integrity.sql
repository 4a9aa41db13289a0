-- The seed's function of this name: rows of tbl (a roster, or a view over it) in which the pupil's
-- school is not the school of the class or teacher.
CREATE OR REPLACE MACRO validate_rostering_integrity(
    tbl, student, teacher_school, students, id, school
) AS TABLE
    WITH
        _rows AS (SELECT student AS _student, teacher_school AS _school, * FROM query_table(tbl)),
        _pupils AS (SELECT id AS _id, school AS _own FROM query_table(students))
    SELECT _rows.* EXCLUDE (_student, _school)
    FROM _rows
    SEMI JOIN _pupils ON _student = _id AND _school <> _own;

COMMENT ON MACRO TABLE validate_rostering_integrity IS
    'Rostering rows whose pupil attends another school than the one taught at.';
