-- The outcome of each check on CERT as the last verification saw it.
CREATE TABLE IF NOT EXISTS meta.verified_check (
    check_id VARCHAR PRIMARY KEY,
    family VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    severity VARCHAR NOT NULL,
    violations BIGINT NOT NULL,
    message VARCHAR NOT NULL
);
