-- Fake company name. Spellings that differ in case or outer spaces get the same one.
CREATE OR REPLACE TEMP MACRO mask_company(value) AS
    _mask_company(value::VARCHAR);

COMMENT ON MACRO mask_company IS 'Company name. Keyed by value; not unique.';
