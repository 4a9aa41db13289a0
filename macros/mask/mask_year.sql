-- First day of the year. A DATE becomes a TIMESTAMP: cast to the column's type.
CREATE OR REPLACE TEMP MACRO mask_year(value) AS
    date_trunc('year', value);

COMMENT ON MACRO mask_year IS 'First day of the year of a date.';
