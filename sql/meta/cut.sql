-- References to rows of other tenants, by what was done: 'null' (the reference was emptied),
-- 'member' (a list lost those of its members), 'row' (the row was left out), 'taken' (the foreign
-- row was let in by cross_tenant). `rows` counts rows that reference.
CREATE TABLE IF NOT EXISTS meta.cut (
    reference VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    rows UBIGINT NOT NULL
);
