-- The value of `part`, a member as it stands in the text of an array: without quotes and escapes.
CASE
    WHEN part = 'NULL' THEN NULL
    WHEN starts_with(part, '"') THEN regexp_replace(part[2:-2], '(?s)\\(.)', '\1', 'g')
    ELSE part
END
