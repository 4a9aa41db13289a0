-- The rows to which references with a condition apply, found by their key in what the target
-- holds.
INSERT INTO $now.meta.applying
SELECT applying.reference, theirs.place
FROM run.meta.applying AS applying
JOIN run.meta.reference AS reference ON reference.id = applying.reference
JOIN (SELECT rowid AS place, $key FROM $ours) AS ours ON ours.place = applying."row"
JOIN (SELECT rowid AS place, $key FROM $theirs) AS theirs ON $same
WHERE reference.child_store = ? AND reference.child_table = ?;
