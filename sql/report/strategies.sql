-- One row per strategy: the columns that left production by it.
SELECT strategy, count(*) AS columns, count(DISTINCT rule) AS rules
FROM meta.strategy
GROUP BY strategy
ORDER BY columns DESC, strategy;
