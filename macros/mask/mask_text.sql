-- As many characters of made-up words as the value has; line breaks stay.
CREATE OR REPLACE TEMP MACRO mask_text(value) AS
    _mask_text(value::VARCHAR);

COMMENT ON MACRO mask_text IS 'Made-up words of the same length. Keyed by value.';
