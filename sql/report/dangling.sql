-- References that point at nothing in PROD already, and what was done about them.
SELECT reference, rows, cure
FROM meta.dangling
ORDER BY rows DESC, reference;
