-- What was validated, one row per table: its columns with their types, its rows, and the order-free
-- sums of the two keyed digests of each row, signed. A load takes only what still has the same
-- digest and a good signature.
CREATE TABLE IF NOT EXISTS meta.gate (
    store VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    columns VARCHAR[] NOT NULL,
    rows BIGINT NOT NULL,
    digest VARCHAR NOT NULL,
    signature VARCHAR NOT NULL,
    PRIMARY KEY (store, "table")
);
