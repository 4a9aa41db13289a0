-- What introspection found on each side (prod, cert), as the program keeps it; meta."table",
-- meta."column" and meta.reference are projections of it for SQL.
CREATE TABLE IF NOT EXISTS meta.catalog (side VARCHAR PRIMARY KEY, body JSON NOT NULL);
