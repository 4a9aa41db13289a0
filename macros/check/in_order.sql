-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO in_order(a, b) AS
    a <= b;

COMMENT ON MACRO in_order IS 'a is not after b. NULL on either side passes.';
