-- Boolean; NULL passes. A plain CAST would stop the check with an error that quotes the cell.
CREATE OR REPLACE MACRO is_number(x) AS
    CASE WHEN x IS NOT NULL THEN TRY_CAST(x AS DOUBLE) IS NOT NULL END;

COMMENT ON MACRO is_number IS 'x can be read as a number. NULL passes.';
