-- Cells of $path that hold an original of a masked column, whole or within a longer text, in any
-- case, spelling or encoding: key, column, and where the original comes from. Chance explains some:
-- with n originals of b bits and w places of their form in a column, n * w / 2^b hits are expected;
-- two numbers in two cells of a row have some four places. More than the tolerated for that number
-- are leaks, all of them; an original with a word fakes are never made of is never chance, unless
-- several words of fakes only join to it. Columns of the table meet no names of ours: each
-- expression over them stands in a SELECT of its own.
WITH
    candidate AS (
        SELECT $key AS _key, unnest(string_split(_survivors(concat_ws(chr(31), $texts)), ' ')) AS
            found
        FROM $path AS this
    ),
    hit AS (
        SELECT
            candidate._key,
            CAST(split_part(candidate.found, ':', 1) AS INTEGER) AS position,
            CAST(split_part(candidate.found, ':', 3) AS BOOLEAN) AS is_split,
            original.*
        FROM candidate
        JOIN memory.main.original AS original
            ON original.fingerprint = CAST(split_part(candidate.found, ':', 2) AS UBIGINT)
        WHERE original.bits < 99 OR NOT CAST(split_part(candidate.found, ':', 4) AS BOOLEAN)
    ),
    form AS (SELECT DISTINCT position, is_split, bits, letters, digits FROM hit WHERE bits < 99),
    place AS (
        SELECT
            position,
            is_split,
            bits,
            letters,
            digits,
            sum(
                CASE
                    WHEN is_split THEN 4
                    ELSE _windows(_texts[position], CAST(letters AS BIGINT), CAST(digits AS BIGINT))
                END
            ) AS places
        FROM form
        CROSS JOIN (SELECT [$texts] AS _texts FROM $path AS this) AS cells
        GROUP BY ALL
    ),
    chance AS (
        SELECT position, is_split, bits, letters, digits, originals * places / power(2, bits) AS
            expected
        FROM place
        JOIN memory.main.alike USING (bits, letters, digits)
    ),
    judged AS (
        SELECT
            hit.*,
            count(*) OVER (PARTITION BY position, is_split, bits, letters, digits) AS hits,
            coalesce(chance.expected, 0) AS expected
        FROM hit
        LEFT JOIN chance USING (position, is_split, bits, letters, digits)
    )
SELECT _key, [$columns][position] AS _column, min(origin) AS _origin
FROM judged
WHERE
    hits > CASE
        WHEN expected < 0.00001 THEN 0
        WHEN expected < 0.005 THEN 1
        WHEN expected < 0.03 THEN 2
        WHEN expected < 0.1 THEN 3
        ELSE ceil(expected + 5 * sqrt(expected) + 3)
    END
GROUP BY _key, position
