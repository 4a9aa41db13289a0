-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO is_url(x) AS
    regexp_full_match(x, '(?i)https?://[^\s/?#]+\S*');

COMMENT ON MACRO is_url IS 'x is an http or https address. NULL passes.';
