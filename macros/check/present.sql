-- Boolean, never NULL: presence is its own check, every other macro lets NULL pass.
CREATE OR REPLACE MACRO present(x) AS
    x IS NOT NULL;

COMMENT ON MACRO present IS 'x is not NULL.';
