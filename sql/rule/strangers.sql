-- How many rows of a rule's violations name no row of the table it examines. What stands where
-- the key belongs is kept in meta.violation: it must not be the value of another column.
WITH
    named AS (SELECT $key AS _named FROM ($violations
    ) AS this),
    there AS (SELECT $key AS _there FROM $path AS this)
SELECT count(*)
FROM named
ANTI JOIN there ON _named = _there;
