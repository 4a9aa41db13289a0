-- What texts are scanned for, in memory alone. word: a value of a masked column with its fake, and
-- the person whose it is, if the fake is his; common: words that many rows have, so name nobody.
CREATE TABLE memory.people.word (_value VARCHAR, _kind VARCHAR, _key VARCHAR, _fake VARCHAR);

CREATE TABLE memory.people.common (_word VARCHAR);

-- Whoever has a first and a last name is known by both together.
INSERT INTO memory.people.word
SELECT
    known._first || ' ' || known._last,
    'name',
    known._key,
    mask_name(known._first || ' ' || known._last, person._text)
FROM memory.people.known AS known
JOIN memory.people.person AS person USING (_key)
WHERE known._first <> '' AND known._last <> '';
