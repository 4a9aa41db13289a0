-- Originals that survived: the column they come from, the column they were found in, and the rows.
CREATE TABLE IF NOT EXISTS meta.survivor (
    origin VARCHAR NOT NULL,
    found VARCHAR NOT NULL,
    rows BIGINT NOT NULL
);
