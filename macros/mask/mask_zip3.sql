-- First three digits of a ZIP code, the rest zeros: the region stays, the layout too.
CREATE OR REPLACE TEMP MACRO mask_zip3(value) AS
    left(value::VARCHAR, 3) || regexp_replace(substr(value::VARCHAR, 4), '[0-9A-Za-z]', '0', 'g');

COMMENT ON MACRO mask_zip3 IS 'ZIP code reduced to its first three digits.';
