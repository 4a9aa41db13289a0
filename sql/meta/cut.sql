-- References to rows of other tenants, by what was done: 'null' (the reference was emptied),
-- 'row' (the row was left out), 'taken' (the foreign row was let in by cross_tenant).
CREATE TABLE IF NOT EXISTS meta.cut (
    reference VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    rows UBIGINT NOT NULL
);
