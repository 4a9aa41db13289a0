-- Rows of table $tab that came up or whole, belong to nobody else and do not descend yet. $needed
-- are the rows that stay of those that came up, $named the rows that expand.
SELECT came."row"
FROM (
    SELECT "row"
    FROM $needed
    WHERE tab = $tab
    UNION ALL
    SELECT unnest(range("first", "last" + 1))
    FROM slice.step
    WHERE tab = $tab AND how = 'whole'
) AS came
SEMI JOIN ($named) AS named ON named."row" = came."row"
ANTI JOIN (FROM slice.foreign_row WHERE tab = $tab) AS theirs ON theirs."row" = came."row"
ANTI JOIN (FROM slice.descended WHERE tab = $tab) AS known ON known."row" = came."row";
