-- Boolean, never NULL.
CREATE OR REPLACE MACRO exclusive(a, b) AS
    a IS NULL OR b IS NULL;

COMMENT ON MACRO exclusive IS 'At most one of the two is present.';
