-- Adds to slice.sample the rows that sampled rows bring, however many steps away.
INSERT INTO slice.sample
WITH RECURSIVE spread AS (
    FROM slice.sample
    UNION
    SELECT edge.to_tab, edge.to_row
    FROM spread AS sampled
    JOIN slice.sample_edge AS edge
        ON edge.from_tab = sampled.tab AND edge.from_row = sampled."row"
)
FROM spread
EXCEPT
FROM slice.sample;
