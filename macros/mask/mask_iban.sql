-- Fake IBAN: country and layout stay, check digits are right. Distinct values give distinct fakes
-- as far as the 20-odd digits of an account allow.
CREATE OR REPLACE TEMP MACRO mask_iban(value) AS
    _mask_iban(value::VARCHAR);

COMMENT ON MACRO mask_iban IS 'IBAN of the same country with right check digits. Keyed by value.';
