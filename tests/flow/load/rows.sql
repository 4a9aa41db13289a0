-- What the run holds (`prod`) and what CERT holds before (`cert`): another district, the shared grades, one of them
-- under another title, and a visit that is the same as one of ours. Parts begin with a line `-- side store`.
-- prod ids
INSERT INTO grade_levels VALUES (1, 'First'), (2, 'Second');
INSERT INTO districts VALUES ('d1', 'Övre "North" O''Hara');
INSERT INTO schools VALUES (1, 'd1', 'Lincoln', NULL), (2, 'd1', 'Adams', NULL);
INSERT INTO staff VALUES (10, 1, NULL, 1234.50, '1970-02-28', '2026-01-02 03:04:05'), (11, 2, 10, NULL, NULL, NULL);
UPDATE schools SET principal_id = 10 WHERE id = 1;
UPDATE schools SET principal_id = 11 WHERE id = 2;
INSERT INTO students VALUES (100, 'd1', 1, 1, 'Ann', ''), (101, 'd1', 1, 2, 'Bo', NULL), (102, 'd1', 2, 1, 'Cy', 'x');
INSERT INTO visits VALUES (100, '2026-01-01 00:00:00', NULL), (101, '2026-01-01 00:00:00', 'twice'), (101, '2026-01-01 00:00:00', 'twice');
-- prod hcp1
INSERT INTO accounts VALUES (1000, 'd1', 100, 'ann@example.org', true), (1001, 'd1', 101, NULL, false);
INSERT INTO grants VALUES (1000, 'read', '2025-09-01'), (1000, 'write', NULL), (1001, 'read', NULL);
-- cert ids
INSERT INTO grade_levels VALUES (1, 'First'), (2, 'Old second'), (9, 'Ninth');
INSERT INTO districts VALUES ('d9', 'Testers');
INSERT INTO schools VALUES (90, 'd9', 'Sandbox', NULL);
INSERT INTO staff VALUES (910, 90, NULL, NULL, NULL, NULL);
UPDATE schools SET principal_id = 910;
INSERT INTO students VALUES (900, 'd9', 90, 9, 'Tess', 'theirs');
INSERT INTO visits VALUES (900, '2026-01-01 00:00:00', 'theirs');
-- cert hcp1
INSERT INTO accounts VALUES (9000, 'd9', 900, 'tess@example.org', true);
