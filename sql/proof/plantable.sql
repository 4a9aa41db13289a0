-- Table and column of masked columns whose originals the search finds, one per form: a text, a
-- number of up to nine digits, a longer one.
SELECT DISTINCT ON (is_number, is_long)
    origin.store || '.' || origin."table" AS "table",
    origin."column",
    original.digits = original.letters AS is_number,
    original.digits = original.letters AND original.digits > 9 AS is_long
FROM memory.main.original AS original
JOIN memory.main.origin AS origin USING (origin)
ORDER BY is_number, is_long, original.bits DESC, original.letters DESC, origin.origin;
