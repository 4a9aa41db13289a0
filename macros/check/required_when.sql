-- Boolean, never NULL; a condition that is NULL does not hold.
CREATE OR REPLACE MACRO required_when(condition, x) AS
    coalesce(NOT condition, true) OR x IS NOT NULL;

COMMENT ON MACRO required_when IS 'Where the condition holds, x is present.';
