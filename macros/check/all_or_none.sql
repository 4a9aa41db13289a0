-- Boolean, never NULL.
CREATE OR REPLACE MACRO all_or_none(a, b) AS
    (a IS NULL) = (b IS NULL);

COMMENT ON MACRO all_or_none IS 'Both are present or neither is.';
