-- References that point at nothing in PROD already, and what the project did about them: 'null'
-- (emptied), 'leave_out' (the rows were left out), NULL (they are as they were).
CREATE TABLE IF NOT EXISTS meta.dangling (
    reference VARCHAR NOT NULL,
    rows UBIGINT NOT NULL,
    cure VARCHAR
);
