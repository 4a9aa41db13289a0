-- The columns of table ?1 that reference one of the tables in the JSON list ?2. SQLite folds the
-- case of names.
SELECT "from"
FROM pragma_foreign_key_list(?1)
WHERE lower("table") IN (SELECT lower(value) FROM json_each(?2));
