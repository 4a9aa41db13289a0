-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO is_phone(x) AS
    regexp_full_match(x, '[0-9]{3}-[0-9]{3}-[0-9]{4}');

COMMENT ON MACRO is_phone IS 'x is a North American phone number: 555-010-0199. NULL passes.';
