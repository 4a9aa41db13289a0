-- What is left of each letter from U+00C0 on without its accent, as code points; 0: nothing.
SELECT CAST(coalesce(unicode(nullif(strip_accents(chr(code::INTEGER)), '')), 0) AS UINTEGER)
FROM range(192, 8192) AS codes (code)
ORDER BY code;
