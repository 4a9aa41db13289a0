-- Fake payment card number: layout, length and first digit stay, the Luhn sum is right. Not
-- injective: a unique column takes mask_fpe.
CREATE OR REPLACE TEMP MACRO mask_card(value) AS
    _mask_card(value::VARCHAR);

COMMENT ON MACRO mask_card IS
    'Card number of the same layout with a right Luhn sum. Keyed by value; not unique.';
