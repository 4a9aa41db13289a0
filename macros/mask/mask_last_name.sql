-- Fake last name, in the case of the value: the family's where the person key has one, else the
-- person's, else the value's.
CREATE OR REPLACE TEMP MACRO mask_last_name(value, person := NULL) AS
    _mask_last_name(value::VARCHAR, coalesce(person::VARCHAR, ''));

COMMENT ON MACRO mask_last_name IS
    'Last name. Keyed by family, else person, else value; not unique.';
