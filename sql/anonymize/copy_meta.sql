-- What the extract noted, without a cell of any row: it belongs to the shareable file too.
INSERT INTO run.meta.extracted FROM staging.meta.extracted;

INSERT INTO run.meta.extraction_order FROM staging.meta.extraction_order;

INSERT INTO run.meta.snapshot FROM staging.meta.snapshot;

INSERT INTO run.meta.cut FROM staging.meta.cut;

INSERT INTO run.meta.dangling FROM staging.meta.dangling;

INSERT INTO run.meta.cycle FROM staging.meta.cycle;

INSERT INTO run.meta.applying FROM staging.meta.applying;
