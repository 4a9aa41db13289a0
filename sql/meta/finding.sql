-- The outcome of each check: status is passed, failed, error, skipped, empty or waived. The
-- message holds names and numbers only.
CREATE TABLE IF NOT EXISTS meta.finding (
    check_id VARCHAR PRIMARY KEY,
    status VARCHAR NOT NULL,
    severity VARCHAR NOT NULL,
    examined BIGINT NOT NULL,
    violations BIGINT NOT NULL,
    message VARCHAR NOT NULL,
    duration_ms DOUBLE NOT NULL
);
