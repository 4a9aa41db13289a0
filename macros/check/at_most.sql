-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO at_most(x, hi) AS
    x <= hi;

COMMENT ON MACRO at_most IS 'x is hi or less. NULL passes.';
