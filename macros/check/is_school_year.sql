-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO is_school_year(x) AS
    CASE WHEN x IS NOT NULL THEN
        regexp_full_match(x, '[0-9]{4}-[0-9]{4}')
        AND TRY_CAST(right(x, 4) AS INTEGER) = TRY_CAST(left(x, 4) AS INTEGER) + 1
    END;

COMMENT ON MACRO is_school_year IS 'x names a school year: 2024-2025. NULL passes.';
