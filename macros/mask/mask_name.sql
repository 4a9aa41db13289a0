-- Fake full name: mask_first_name and mask_last_name of the same person, or of the first and last
-- word where the person is not known. `Last, First` stays that way round.
CREATE OR REPLACE TEMP MACRO mask_name(value, person := NULL, gender := NULL) AS
    _mask_name(
        value::VARCHAR, coalesce(person::VARCHAR, ''), coalesce(gender::VARCHAR, '')
    );

COMMENT ON MACRO mask_name IS
    'Full name, equal to first and last name of the same person; not unique.';
