-- Any date between first and last, both included. Where distances between dates matter,
-- mask_shift is the one.
CREATE OR REPLACE TEMP MACRO mask_date(
    value, first := DATE '2000-01-01', last := DATE '2025-12-31'
) AS
    _mask_date(value::VARCHAR, first::VARCHAR, last::VARCHAR)::DATE;

COMMENT ON MACRO mask_date IS 'Date between first and last. Keyed by value.';
