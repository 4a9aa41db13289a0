-- The user triggers that fire on a table or a partition of it: relation, name, how they fire (O
-- or A).
WITH RECURSIVE family AS (
    SELECT $table::regclass AS member
    UNION ALL
    SELECT inherits.inhrelid::regclass
    FROM family
    JOIN pg_inherits AS inherits ON inherits.inhparent = family.member
    JOIN pg_class AS class ON class.oid = inherits.inhrelid AND class.relispartition
)
SELECT
    family.member::text,
    trigger.tgname::text,
    trigger.tgenabled::text
FROM family
JOIN pg_trigger AS trigger ON trigger.tgrelid = family.member
WHERE NOT trigger.tgisinternal
    AND trigger.tgenabled IN ('O', 'A')
ORDER BY 1, 2;
