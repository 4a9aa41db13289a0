-- The constant for every value that is there; a NULL says nothing about anybody and stays.
CREATE OR REPLACE TEMP MACRO mask_constant(value, constant) AS
    CASE WHEN value IS NOT NULL THEN constant END;

COMMENT ON MACRO mask_constant IS 'The constant; NULL stays NULL.';
