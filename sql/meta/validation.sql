-- One row: the validation of this run. Rules ask it for the day (as_of) and the root key (root),
-- because a rule that asked the clock would change its mind by itself. settings are those that the
-- findings were judged by, waivers included; basis holds digests of the files and the target that
-- the verdict rests on; the fingerprint is what the gate signed besides rows.
CREATE TABLE IF NOT EXISTS meta.validation (
    run_id VARCHAR NOT NULL,
    root VARCHAR NOT NULL,
    as_of DATE NOT NULL,
    status VARCHAR,
    started_at TIMESTAMP NOT NULL,
    duration_ms DOUBLE,
    fingerprint VARCHAR
);

ALTER TABLE meta.validation ADD COLUMN IF NOT EXISTS settings VARCHAR;

ALTER TABLE meta.validation ADD COLUMN IF NOT EXISTS basis VARCHAR;
