-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO is_uuid(x) AS
    regexp_full_match(x, '(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}');

COMMENT ON MACRO is_uuid IS 'x is a UUID with hyphens, in any case. NULL passes.';
