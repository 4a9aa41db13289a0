-- Fake phone number in the layout of the value. American ones become NXX-555-01XX, which is kept
-- free for fiction: no test message rings anybody. Not unique: a unique column takes mask_fpe.
CREATE OR REPLACE TEMP MACRO mask_phone(value) AS
    _mask_phone(value::VARCHAR);

COMMENT ON MACRO mask_phone IS
    'Phone number of the same layout that nobody owns. Keyed by value; not unique.';
