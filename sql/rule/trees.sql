-- One row per text of the list $1 (JSON): the text and its tree, or what is wrong with it, as JSON.
SELECT DISTINCT
    text,
    CAST(json_serialize_sql(text) AS VARCHAR) AS tree
FROM (SELECT unnest(CAST(CAST($1 AS JSON) AS VARCHAR[])) AS text) AS texts;
