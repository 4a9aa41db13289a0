-- The members of the array of PostgreSQL whose text is $list, as they stand there. Bounds are
-- skipped, and an array of arrays has the members of all of them.
regexp_extract_all(
    regexp_replace($list, '^\[[^=]*\]=', ''),
    '(?s)"(?:[^"\\]|\\.)*"|[^{},]+'
)
