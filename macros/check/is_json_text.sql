-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO is_json_text(x) AS
    json_valid(x);

COMMENT ON MACRO is_json_text IS 'x is well-formed JSON. NULL passes.';
