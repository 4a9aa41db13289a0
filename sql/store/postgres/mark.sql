-- The mark of a target. Marking again changes nothing.
INSERT INTO datamig.target (database, name)
VALUES (current_database(), $name)
ON CONFLICT DO NOTHING;
