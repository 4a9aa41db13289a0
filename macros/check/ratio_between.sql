-- Boolean; NULL passes. Multiplied, not divided: a whole of zero is no error.
CREATE OR REPLACE MACRO ratio_between(part, whole, lo, hi) AS
    part BETWEEN lo * whole AND hi * whole;

COMMENT ON MACRO ratio_between IS 'part is between lo and hi times whole. NULL passes.';
