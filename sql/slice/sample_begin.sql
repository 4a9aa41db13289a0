-- Rows that are in the sample, and the references among staged rows.
CREATE TABLE slice.sample (tab INTEGER, "row" BIGINT);

CREATE TABLE slice.sample_edge (
    child_tab INTEGER,
    child_row BIGINT,
    parent_tab INTEGER,
    parent_row BIGINT
);
