-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO is_percentage(x) AS
    x BETWEEN 0 AND 100;

COMMENT ON MACRO is_percentage IS 'x lies between 0 and 100, both included. NULL passes.';
