-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO is_zip(x) AS
    regexp_full_match(x, '[0-9]{5}(-[0-9]{4})?');

COMMENT ON MACRO is_zip IS 'x is a ZIP code of five or nine digits. NULL passes.';
