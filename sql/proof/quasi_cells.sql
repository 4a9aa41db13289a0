-- One row, two columns: the statements that return who says what (person, number, value) of all
-- quasi-identifiers, in the extract and in the run. NULL where the project names none.
SELECT
    string_agg(format(select_of, 'staging.' || path), ' UNION ALL ' ORDER BY number) AS before,
    string_agg(format(select_of, path), ' UNION ALL ' ORDER BY number) AS after
FROM (
    SELECT
        place.path,
        quasi.rowid AS number,
        'SELECT CAST((' || replace(replace(quasi.person, '{', '{{'), '}', '}}') ||
            ') AS VARCHAR) AS person, '
        || quasi.rowid || ' AS number, '
        || replace(replace(_text(quasi."column"), '{', '{{'), '}', '}}') ||
            ' AS value FROM {} AS this' AS select_of
    FROM meta.quasi_identifier AS quasi
    JOIN _place AS place USING (store, "table")
);
