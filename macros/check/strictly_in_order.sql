-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO strictly_in_order(a, b) AS
    a < b;

COMMENT ON MACRO strictly_in_order IS 'a is before b. NULL on either side passes.';
