-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO is_positive(x) AS
    x > 0;

COMMENT ON MACRO is_positive IS 'x is greater than zero. NULL passes.';
