-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO at_least(x, lo) AS
    x >= lo;

COMMENT ON MACRO at_least IS 'x is lo or more. NULL passes.';
