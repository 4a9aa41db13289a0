-- How each table was made: its CHECK conditions are nowhere else.
SELECT name, sql FROM sqlite_schema
WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND sql IS NOT NULL;
