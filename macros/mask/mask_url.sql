-- Fake address of a page under example.org; unique.
CREATE OR REPLACE TEMP MACRO mask_url(value) AS
    _mask_url(value::VARCHAR);

COMMENT ON MACRO mask_url IS 'Unique URL under example.org. Keyed by value.';
