-- Boolean; NULL passes. Tab and line ends are text; U+FFFD is what a wrong encoding leaves behind.
CREATE OR REPLACE MACRO is_clean_text(x) AS
    NOT regexp_matches(x, '[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]|\x{FFFD}');

COMMENT ON MACRO is_clean_text IS
    'x holds no control characters and no replacement character. NULL passes.';
