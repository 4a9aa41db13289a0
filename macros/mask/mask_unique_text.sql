-- Readable text for a unique column: two made-up words and 65 bits of the digest of the exact
-- value. At least 13 characters long.
CREATE OR REPLACE TEMP MACRO mask_unique_text(value, domain, max_length := 0) AS
    _mask_unique_text(value::VARCHAR, domain, max_length::VARCHAR);

COMMENT ON MACRO mask_unique_text IS 'Unique readable text: words and a suffix of 13 characters.';
