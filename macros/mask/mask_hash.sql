-- Keyed hash (HMAC) in hex, cut to length characters (0: all of it). 16 characters are 64 bits.
CREATE OR REPLACE TEMP MACRO mask_hash(value, domain, algorithm := 'sha256', length := 0) AS
    _mask_hash(value::VARCHAR, domain, algorithm, length::VARCHAR);

COMMENT ON MACRO mask_hash IS 'HMAC of the value in hex, sha256 or sha512, cut to `length`.';
