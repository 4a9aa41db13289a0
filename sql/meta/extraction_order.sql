-- The order in which tables are extracted and loaded, parents first.
CREATE TABLE IF NOT EXISTS meta.extraction_order (position BIGINT NOT NULL,
    "table" VARCHAR NOT NULL);
