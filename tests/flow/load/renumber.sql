-- Makes another tenant of the one in PROD, with keys of its own. `$` is its number. Parts begin with a line `-- store`.
-- ids
UPDATE districts SET id = 't$';
UPDATE schools SET id = id + $ * 10000, district_id = 't$', name = name || ' $', principal_id = principal_id + $ * 10000;
UPDATE staff SET id = id + $ * 10000, school_id = school_id + $ * 10000, boss_id = boss_id + $ * 10000;
UPDATE students SET id = id + $ * 10000, district_id = 't$', school_id = school_id + $ * 10000;
UPDATE visits SET student_id = student_id + $ * 10000;
-- hcp1
UPDATE accounts SET id = id + $ * 10000, district_id = 't$', student_id = student_id + $ * 10000, email = '$' || email;
UPDATE grants SET account_id = account_id + $ * 10000;
