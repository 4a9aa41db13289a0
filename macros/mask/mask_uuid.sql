-- UUID of version 4 from 122 bits of the keyed digest; unique. Both ends of a reference take one
-- domain.
CREATE OR REPLACE TEMP MACRO mask_uuid(value, domain) AS
    _mask_uuid(value::VARCHAR, domain);

COMMENT ON MACRO mask_uuid IS 'Unique UUID. Keyed by value.';
