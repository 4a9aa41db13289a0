-- References that point at nothing in PROD already.
SELECT reference, rows
FROM meta.dangling
ORDER BY rows DESC, reference;
