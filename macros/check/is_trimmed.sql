-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO is_trimmed(x) AS
    x = trim(x);

COMMENT ON MACRO is_trimmed IS 'x neither begins nor ends with a blank. NULL passes.';
