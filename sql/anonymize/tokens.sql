-- One number per distinct tokenized value, in the order of its keyed digest.
CREATE TABLE memory.main.tokens AS
SELECT digest, row_number() OVER (ORDER BY digest) AS number
FROM (SELECT DISTINCT digest FROM ($digests) WHERE digest IS NOT NULL);
