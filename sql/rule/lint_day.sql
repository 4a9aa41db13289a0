-- The day and the root of examples: always the same, so that an example holds every day.
INSERT INTO meta.validation (run_id, root, as_of, started_at)
VALUES ('lint', 'district-001', DATE '2025-01-15', TIMESTAMP '2025-01-15 12:00:00');
