-- What .policy shows: one row per column of the tables or columns that are like $like, with the
-- strategy by which it left production, the rule that chose it, and why.
SELECT store || '.' || "table" || '.' || "column" AS "column", strategy, rule, because, "at"
FROM meta.strategy
WHERE (store || '.' || "table" || '.' || "column") ILIKE $like
ORDER BY store, "table", rowid;
