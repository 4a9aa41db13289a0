-- Rows that are in the sample, and which staged row brings which other one: a row those it
-- references, an entity the rows that depend on it.
CREATE TABLE slice.sample (tab INTEGER, "row" BIGINT);

CREATE TABLE slice.sample_edge (
    from_tab INTEGER,
    from_row BIGINT,
    to_tab INTEGER,
    to_row BIGINT
);
