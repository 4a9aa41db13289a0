-- One row: the run this file belongs to. shareable turns true when the privacy checks have passed.
CREATE TABLE IF NOT EXISTS meta.run (
    id VARCHAR NOT NULL,
    project VARCHAR NOT NULL,
    env VARCHAR NOT NULL,
    root_table VARCHAR NOT NULL,
    root_key VARCHAR NOT NULL,
    sample VARCHAR,
    version VARCHAR NOT NULL,
    macros VARCHAR NOT NULL,
    shareable BOOLEAN NOT NULL
);
