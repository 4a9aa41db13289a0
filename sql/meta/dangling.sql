-- References that point at nothing in PROD already.
CREATE TABLE IF NOT EXISTS meta.dangling (reference VARCHAR PRIMARY KEY, rows UBIGINT NOT NULL);
