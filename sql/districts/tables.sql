-- What the scoring starts from: the settings of the selection as JSON, with the stores that were
-- not read, and what earlier runs measured, in records and seconds per phase.
CREATE TABLE settings (body JSON, missing VARCHAR[]);

CREATE TABLE measured (
    root_key VARCHAR,
    records DOUBLE,
    extract_s DOUBLE,
    anonymize_s DOUBLE,
    validate_s DOUBLE,
    load_s DOUBLE
);
