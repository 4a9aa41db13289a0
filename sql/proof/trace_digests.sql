-- The digests of originals of one column that stand somewhere in the run: they are looked for as
-- their originals are, common ones too, because nobody makes a digest by chance.
INSERT INTO memory.main.digested
SELECT CAST($number AS BIGINT), _trace(made.word, CAST(1 AS BIGINT))
FROM (
    SELECT unnest([
        md5(value), md5(lower(trim(value))),
        sha1(value), sha1(lower(trim(value))),
        sha256(value), sha256(lower(trim(value)))
    ]) AS word
    FROM ($found) AS found
    WHERE
        length(value) >= 4
        AND (
            $keeper IS NULL
            OR _trace(value, CAST(0 AS BIGINT))[1] NOT IN (
                SELECT fingerprint
                FROM memory.main.kept
                WHERE keeper = $keeper AND fingerprint IS NOT NULL
            )
        )
) AS made
SEMI JOIN memory.main.digest USING (word)
