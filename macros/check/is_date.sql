-- Boolean; NULL passes. A plain CAST would stop the check with an error that quotes the cell.
CREATE OR REPLACE MACRO is_date(x) AS
    CASE WHEN x IS NOT NULL THEN TRY_CAST(x AS DATE) IS NOT NULL END;

COMMENT ON MACRO is_date IS 'x can be read as a date, YYYY-MM-DD. NULL passes.';
