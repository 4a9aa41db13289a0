-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO matches(x, pattern) AS
    regexp_matches(x, pattern);

COMMENT ON MACRO matches IS
    'x contains a match of the regular expression (RE2); anchor it with ^ and $. NULL passes.';
