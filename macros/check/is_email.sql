-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO is_email(x) AS
    regexp_full_match(x, '[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}');

COMMENT ON MACRO is_email IS 'x looks like an e-mail address. NULL passes.';
