-- 32 hex digits of the keyed digest: the order in which tokens are numbered, known to nobody
-- without the salt.
CREATE OR REPLACE TEMP MACRO mask_digest(value, domain) AS
    _mask_digest(value::VARCHAR, domain);

COMMENT ON MACRO mask_digest IS '128 bits of the keyed digest in hex.';
