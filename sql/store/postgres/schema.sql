-- Our own schema in a target, with one row per run that wrote here, and the mark of a
-- target. Under a lock, because
-- `IF NOT EXISTS` does not keep two sessions from creating the same thing at the same time.
BEGIN;
SELECT pg_advisory_xact_lock(731058839, 0);
CREATE SCHEMA IF NOT EXISTS datamig;
CREATE TABLE IF NOT EXISTS datamig.datamig_load (
    run text PRIMARY KEY,
    decision text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS datamig.target (
    database name PRIMARY KEY,
    name text NOT NULL,
    by name NOT NULL DEFAULT current_user,
    at timestamptz NOT NULL DEFAULT now()
);
COMMIT;
