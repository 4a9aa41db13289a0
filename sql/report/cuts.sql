-- References to rows of other tenants, and what was done about them.
SELECT reference, action, CAST(sum(rows) AS BIGINT) AS rows
FROM meta.cut
GROUP BY reference, action
ORDER BY rows DESC, reference, action;
