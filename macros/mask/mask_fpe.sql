-- FF1, a permutation: unique stays unique, layout and length stay, and so do right Luhn sums
-- (13-19 digits) and valid social security numbers (9 digits). alphabet: digits (all else stays),
-- alphanumeric (letters become letters of the same case), integer (digits without leading zero).
-- Both ends of a reference take one domain. A value with fewer than 10^6 fakes of its layout is an
-- error.
CREATE OR REPLACE TEMP MACRO mask_fpe(value, domain, alphabet := 'digits') AS
    _mask_fpe(value::VARCHAR, domain, alphabet);

COMMENT ON MACRO mask_fpe IS
    'Format-preserving encryption (FF1); injective. alphabet: digits, alphanumeric or integer.';
