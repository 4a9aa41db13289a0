-- One row per rule an analyst wrote, as it stood when the run was validated.
CREATE TABLE IF NOT EXISTS meta.rule (
    id VARCHAR PRIMARY KEY,
    family VARCHAR NOT NULL,
    severity VARCHAR NOT NULL,
    scope VARCHAR NOT NULL,
    condition VARCHAR NOT NULL,
    because VARCHAR NOT NULL,
    "at" VARCHAR NOT NULL
);
