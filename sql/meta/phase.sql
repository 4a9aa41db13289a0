-- When each phase began and ended, how much it handled, and what it said.
CREATE TABLE IF NOT EXISTS meta.phase (
    phase VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    seconds DOUBLE NOT NULL,
    count UBIGINT NOT NULL,
    summary VARCHAR NOT NULL
);
