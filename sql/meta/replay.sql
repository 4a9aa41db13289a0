-- A keyed sample of rows, masked a second time and in another order: the place of each row in its
-- table and the digests of its masked cells, in the order of the columns. Only fakes are digested.
CREATE TABLE IF NOT EXISTS meta.replay (
    store VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    "at" BIGINT NOT NULL,
    cells VARCHAR[] NOT NULL,
    PRIMARY KEY (store, "table", "at")
);
