-- The tables the proof reads, empty: its statements bind.
CREATE TABLE IF NOT EXISTS memory.main.origin (
    origin BIGINT, store VARCHAR, "table" VARCHAR, "column" VARCHAR
);

CREATE TABLE IF NOT EXISTS memory.main.original (
    fingerprint UBIGINT, origin BIGINT, bits UBIGINT, letters UBIGINT, digits UBIGINT
);

CREATE TABLE IF NOT EXISTS memory.main.alike (
    bits UBIGINT, letters UBIGINT, digits UBIGINT, originals BIGINT
);
