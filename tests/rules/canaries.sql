-- A thousand originals (names, e-mail addresses, phone numbers, identifiers), each planted once in one
-- of twelve disguises, beside a million cells that hold none.
CREATE TABLE planted AS
SELECT
    id,
    CASE id % 4
        WHEN 0 THEN 'Zoë ' || translate(left(md5(CAST(id AS VARCHAR)), 9), '0123456789', 'ghijklmnop')
        WHEN 1 THEN translate(left(md5(CAST(id AS VARCHAR)), 7), '0123456789', 'ghijklmnop') || id || '@real.org'
        WHEN 2 THEN format('{:03d}-{:03d}-{:04d}', 201 + id % 700, hash(id) % 1000, hash(id + 1) % 10000)
        ELSE 'K' || (10000000 + hash(id) % 89999999)
    END AS value,
    ['exact', 'upper case', 'sentence', 'deep JSON', 'base64', 'URL', 'two columns', 'hex', 'reversed',
        'no accents', 'no separators', 'JSON escapes'][1 + (id // 4) % 12] AS disguise
FROM range(1, 1001) AS numbers (id);

CREATE TABLE staging.ids.secrets AS SELECT id, value, 'k' || id % 7 AS kept FROM planted;
CREATE TABLE ids.secrets AS
SELECT id, 'fake' || md5('secret' || value) AS value, kept FROM staging.ids.secrets;
INSERT INTO meta.replay
SELECT 'ids', 'secrets', rowid, [md5(value)]
FROM ids.secrets;

CREATE TABLE ids.notes AS
SELECT
    id,
    CASE disguise
        WHEN 'exact' THEN value
        WHEN 'upper case' THEN upper(value)
        WHEN 'sentence' THEN 'They asked for ' || value || ', twice.'
        WHEN 'deep JSON' THEN '{"a": {"b": [{"c": {"d": {"e": "' || value || '"}}}]}}'
        WHEN 'base64' THEN base64(encode(value))
        WHEN 'URL' THEN 'https://example.org/?q=' || url_encode(value)
        WHEN 'two columns' THEN left(value, length(value) // 2)
        WHEN 'hex' THEN lower(hex(encode(value)))
        WHEN 'reversed' THEN reverse(value)
        WHEN 'no accents' THEN strip_accents(value)
        WHEN 'no separators' THEN replace(replace(value, '-', ''), ' ', '')
        ELSE '["x", "' || replace(replace(value, 'ë', '\u00eb'), '@', '\u0040') || '"]'
    END AS first,
    'status ' || id % 5 AS between,
    CASE disguise WHEN 'two columns' THEN substr(value, length(value) // 2 + 1) END AS second
FROM planted;
CREATE TABLE staging.ids.notes AS FROM ids.notes;

CREATE TEMP MACRO clean_cells(first) AS TABLE
SELECT
    id,
    COLUMNS(* EXCLUDE (id)) || ''
FROM (
    SELECT
        id,
        md5(CAST(id AS VARCHAR)) AS a, CAST(hash(id) AS VARCHAR) AS b, 'room ' || id % 99 AS c,
        'The ' || id || 'th sentence of a long story' AS d, CAST(id * 7919 AS VARCHAR) AS e,
        '{"id": ' || id || ', "tags": ["one", "two"]}' AS f, 'https://example.org/' || hash(id + 7) AS g,
        base64(encode(md5(CAST(id AS VARCHAR)))) AS h, 'user' || id || '@example.org' AS i,
        format('{:03d}-555-01{:02d}', 200 + id % 800, id % 100) AS j, 'Mary Smith' AS k, 'Zoe' AS l,
        '2024-01-01 10:00:' || id % 60 AS m, 'K' || id AS n, upper(hex(CAST(id AS VARCHAR))) AS o,
        'p' || id AS p, 'q' || id AS q, 'r' || id AS r, 's' || id AS s, 't' || id AS t
    FROM range(first, first + 12500) AS numbers (id)
);
CREATE TABLE ids.clean_a AS FROM clean_cells(0);
CREATE TABLE ids.clean_b AS FROM clean_cells(12500);
CREATE TABLE ids.clean_c AS FROM clean_cells(25000);
CREATE TABLE ids.clean_d AS FROM clean_cells(37500);
CREATE TABLE staging.ids.clean_a AS FROM ids.clean_a LIMIT 0;
CREATE TABLE staging.ids.clean_b AS FROM ids.clean_b LIMIT 0;
CREATE TABLE staging.ids.clean_c AS FROM ids.clean_c LIMIT 0;
CREATE TABLE staging.ids.clean_d AS FROM ids.clean_d LIMIT 0;

INSERT INTO meta."table" VALUES
    ('ids', 'secrets', 'table', ['id'], []), ('ids', 'notes', 'table', ['id'], []),
    ('ids', 'clean_a', 'table', ['id'], []), ('ids', 'clean_b', 'table', ['id'], []),
    ('ids', 'clean_c', 'table', ['id'], []), ('ids', 'clean_d', 'table', ['id'], []);
INSERT INTO meta."column" BY NAME
SELECT
    schema_name AS store,
    table_name AS "table",
    column_name AS "column",
    column_index AS position,
    'text' AS source_type,
    data_type AS duck_type,
    false AS as_text,
    true AS nullable,
    false AS generated,
    false AS has_default,
    column_name = 'id' AS is_key,
    [] AS "values"
FROM duckdb_columns()
WHERE database_name = 'memory' AND schema_name = 'ids' AND regexp_full_match(table_name, 'secrets|notes|clean_.');
INSERT INTO meta.target_column
FROM meta."column" WHERE regexp_full_match("table", 'secrets|notes|clean_.');
INSERT INTO meta.extracted
SELECT 'ids', table_name, estimated_size, 0, 0, 0, 0, 0, NULL
FROM duckdb_tables()
WHERE database_name = 'memory' AND schema_name = 'ids' AND regexp_full_match(table_name, 'secrets|notes|clean_.');
INSERT INTO meta.strategy
SELECT
    store,
    "table",
    "column",
    CASE WHEN "table" = 'secrets' AND "column" = 'value' THEN 'hash' ELSE 'preserve' END,
    'all',
    'anonymize.yaml:1',
    NULL,
    CASE WHEN "table" = 'secrets' AND "column" = 'value' THEN 'mask_hash("value")' ELSE '' END,
    NULL,
    NULL
FROM meta."column"
WHERE regexp_full_match("table", 'secrets|notes|clean_.');
