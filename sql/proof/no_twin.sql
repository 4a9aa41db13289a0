-- Rows of $path in which a kept column says what a masked one said: key and column. On a sample
-- every original that masking changed, and every two that stand side by side (first and last name),
-- is written in the forms people use to copy or derive it, and compared with the kept cells of its
-- own row, and of another for what chance does. A twin agrees in four rows of five that have both,
-- and at least twice as often as chance; a form that says little (initials, one letter, four
-- digits, part of a longer text) must do so in at least eight.
WITH
    original AS (
        SELECT "~at", [$masked] AS _originals
        FROM (SELECT *, row_number() OVER () - 1 AS "~at" FROM staging.$path) AS staged
        WHERE hash("~at") % greatest(1, (SELECT count(*) FROM $path) // 100) = 0
    ),
    sample AS (
        SELECT
            row_number() OVER (ORDER BY hash(this.rowid)) AS number,
            $key AS _key,
            [$kept] AS kept,
            list_transform(
                list_zip(_originals, [$masked]),
                lambda pair: CASE WHEN pair[1] IS DISTINCT FROM pair[2] THEN pair[1] END
            ) AS originals
        FROM $path AS this
        JOIN original ON original."~at" = this.rowid
    ),
    told AS (
        SELECT
            number,
            originals
                || list_transform(
                    list_zip(originals, originals[2:]), lambda pair: pair[1] || ' ' || pair[2]
                )
                || list_transform(
                    list_zip(originals, originals[2:]), lambda pair: pair[2] || ' ' || pair[1]
                ) AS told
        FROM sample
    ),
    text AS (
        SELECT
            number,
            generate_subscripts(told, 1) AS masked,
            unnest(told) AS text,
            trim(strip_accents(lower(unnest(told)))) AS plain,
            TRY_CAST(unnest(told) AS DATE) AS day
        FROM told
    ),
    form AS (
        SELECT number, masked, unnest(form.forms, recursive := true)
        FROM (
            SELECT
                number,
                masked,
                [
                    {'kind': 'copy', 'is_weak': false, 'form': plain},
                    {'kind': 'reversed', 'is_weak': false, 'form': reverse(plain)},
                    {
                        'kind': 'letters in order',
                        'is_weak': false,
                        'form': array_to_string(list_sort(string_split(plain, '')), '')
                    },
                    {
                        'kind': 'words in order',
                        'is_weak': false,
                        'form': array_to_string(list_sort(string_split(plain, ' ')), '')
                    },
                    {'kind': 'day', 'is_weak': false, 'form': strftime(day, '%m/%d/%Y')},
                    {'kind': 'day', 'is_weak': false, 'form': strftime(day, '%-m/%-d/%Y')},
                    {'kind': 'day', 'is_weak': false, 'form': strftime(day, '%d/%m/%Y')},
                    {'kind': 'day', 'is_weak': false, 'form': strftime(day, '%-d/%-m/%Y')},
                    {'kind': 'day', 'is_weak': false, 'form': lower(strftime(day, '%B %-d %Y'))},
                    {'kind': 'day', 'is_weak': false, 'form': lower(strftime(day, '%B %d %Y'))},
                    {'kind': 'name of the mailbox', 'is_weak': false, 'form': split_part(plain,
                        '@', 1)},
                    {'kind': 'md5', 'is_weak': false, 'form': md5(text)},
                    {'kind': 'md5', 'is_weak': false, 'form': md5(lower(trim(text)))},
                    {'kind': 'sha1', 'is_weak': false, 'form': sha1(text)},
                    {'kind': 'sha1', 'is_weak': false, 'form': sha1(lower(trim(text)))},
                    {'kind': 'sha256', 'is_weak': false, 'form': sha256(text)},
                    {'kind': 'sha256', 'is_weak': false, 'form': sha256(lower(trim(text)))},
                    {'kind': 'base64', 'is_weak': false, 'form': lower(base64(encode(text)))},
                    {'kind': 'hex', 'is_weak': false, 'form': lower(hex(text))},
                    {
                        'kind': 'initials',
                        'is_weak': true,
                        'form': array_to_string(
                            list_transform(string_split(plain, ' '), lambda word: word[1]), ''
                        )
                    },
                    {'kind': 'first letter', 'is_weak': true, 'form': plain[1]},
                    {
                        'kind': 'last four digits',
                        'is_weak': true,
                        'form': CASE
                            WHEN NOT regexp_matches(text, '\pL')
                                THEN right(regexp_replace(text, '\D', '', 'g'), 4)
                        END
                    }
                ] AS forms
            FROM text
            WHERE plain <> ''
        ) AS form
    ),
    said AS (
        SELECT number, masked, kind, is_weak, regexp_replace(form, '[^\pL\pN]', '', 'g') AS said
        FROM form
    ),
    cell AS (
        SELECT
            number,
            generate_subscripts(kept, 1) AS position,
            regexp_replace(strip_accents(lower(unnest(kept))), '[^\pL\pN]', '', 'g') AS said
        FROM sample
    ),
    agreed AS (
        SELECT DISTINCT said.number, said.masked, cell.position, said.kind, said.is_weak,
            beside.is_own
        FROM said
        CROSS JOIN (VALUES (0, true), (1, false)) AS beside (step, is_own)
        JOIN cell ON cell.number = said.number + beside.step AND cell.said = said.said
        WHERE said.is_weak OR length(said.said) >= 4
        UNION ALL
        SELECT said.number, said.masked, cell.position, 'part', true, beside.is_own
        FROM said
        CROSS JOIN (VALUES (0, true), (1, false)) AS beside (step, is_own)
        JOIN cell ON cell.number = said.number + beside.step
        WHERE
            said.kind = 'copy'
            AND said.masked <= (SELECT max(len(originals)) FROM sample)
            AND length(said.said) >= 4
            AND contains(cell.said, said.said)
    ),
    present AS (
        SELECT text.masked, cell.position, count(*) AS rows
        FROM text
        JOIN cell USING (number)
        WHERE text.plain <> '' AND cell.said <> ''
        GROUP BY ALL
    ),
    twin AS (
        SELECT masked, position, kind
        FROM agreed
        JOIN present USING (masked, position)
        GROUP BY masked, position, kind, is_weak, present.rows
        HAVING
            count_if(is_own) >= greatest(0.8 * present.rows, CASE WHEN is_weak THEN 8 ELSE 1 END)
            AND count_if(is_own) >= 2 * count_if(NOT is_own)
    )
SELECT DISTINCT sample._key, [$columns][agreed.position] AS _column
FROM agreed
SEMI JOIN twin USING (masked, position, kind)
JOIN sample USING (number)
WHERE agreed.is_own
