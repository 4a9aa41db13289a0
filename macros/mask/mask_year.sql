-- First day of the year. A DATE stays one; a birth date in it is shared by everybody of that year.
CREATE OR REPLACE TEMP MACRO mask_year(value) AS
    date_trunc('year', value);

COMMENT ON MACRO mask_year IS 'First day of the year of a date.';
