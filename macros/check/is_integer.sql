-- Boolean; NULL passes. A plain CAST would stop the check with an error that quotes the cell.
CREATE OR REPLACE MACRO is_integer(x) AS
    CASE WHEN x IS NOT NULL THEN TRY_CAST(x AS BIGINT) IS NOT NULL END;

COMMENT ON MACRO is_integer IS 'x can be read as a whole number. NULL passes.';
