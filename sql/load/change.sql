-- In the backup: what the load changes in each table, counted before the first write. Taking the
-- load back compares with it, so that no other rows than these are ever touched.
CREATE TABLE backup.meta.change (
    store VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    rows UBIGINT NOT NULL,
    inserted UBIGINT NOT NULL,
    changed UBIGINT NOT NULL,
    deleted UBIGINT NOT NULL,
    strategy VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    PRIMARY KEY (store, "table")
);
