-- What the load did to each table of the target: rows of the run, those that were new there, those
-- that were there with other content, rows of earlier runs that were deleted because they left the
-- slice, and why this strategy; what is left of `rows` was there already and was not written.
-- kind is table, node or relationship.
CREATE TABLE IF NOT EXISTS meta.load (
    store VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    strategy VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    rows UBIGINT NOT NULL,
    inserted UBIGINT NOT NULL,
    changed UBIGINT NOT NULL,
    deleted UBIGINT NOT NULL,
    seconds DOUBLE NOT NULL,
    PRIMARY KEY (store, "table")
);
