-- What identifies the originals, in memory alone: kept is what a keeper left in the run, traced
-- what remains. trace is NULL where the value is too common to be looked for.
CREATE OR REPLACE TABLE memory.main.kept (keeper BIGINT, fingerprint UBIGINT);

CREATE OR REPLACE TABLE memory.main.traced (origin BIGINT, trace UBIGINT[]);
