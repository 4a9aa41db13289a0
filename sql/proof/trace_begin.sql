-- What identifies the originals, in memory alone: kept is what a keeper left in the run, traced
-- what remains. trace is NULL where the value is too common to be looked for. digest is what looks
-- like a digest in the run, digested those of them that are digests of originals.
CREATE OR REPLACE TABLE memory.main.kept (keeper BIGINT, fingerprint UBIGINT);

CREATE OR REPLACE TABLE memory.main.traced (origin BIGINT, trace UBIGINT[]);

CREATE OR REPLACE TABLE memory.main.digest (word VARCHAR);

CREATE OR REPLACE TABLE memory.main.digested (origin BIGINT, trace UBIGINT[]);
