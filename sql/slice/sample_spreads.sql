-- One step: rows that a sampled row brings.
INSERT INTO slice.sample
SELECT DISTINCT edge.to_tab, edge.to_row
FROM slice.sample_edge AS edge
SEMI JOIN slice.sample AS sampled ON sampled.tab = edge.from_tab AND sampled."row" = edge.from_row
ANTI JOIN slice.sample AS known ON known.tab = edge.to_tab AND known."row" = edge.to_row;
