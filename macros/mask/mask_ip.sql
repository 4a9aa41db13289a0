-- Fake address: IPv4 in 10.0.0.0/8, IPv6 in 2001:db8::/32; the length of a network stays. Not
-- unique for IPv4.
CREATE OR REPLACE TEMP MACRO mask_ip(value) AS
    _mask_ip(value::VARCHAR);

COMMENT ON MACRO mask_ip IS 'IP address in a range nobody owns. Keyed by value.';
