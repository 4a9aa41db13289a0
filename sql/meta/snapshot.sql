-- The one consistent view each store was read in.
CREATE TABLE IF NOT EXISTS meta.snapshot (
    store VARCHAR PRIMARY KEY,
    snapshot VARCHAR NOT NULL,
    taken_at VARCHAR NOT NULL
);
