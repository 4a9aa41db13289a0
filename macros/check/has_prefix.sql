-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO has_prefix(x, prefix) AS
    starts_with(x, prefix);

COMMENT ON MACRO has_prefix IS 'x begins with the prefix. NULL passes.';
