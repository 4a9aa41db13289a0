-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO in_range(x, lo, hi) AS
    x BETWEEN lo AND hi;

COMMENT ON MACRO in_range IS 'x lies between lo and hi, both included. NULL passes.';
