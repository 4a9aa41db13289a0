-- Fake first name, in the case of the value. gender: f..., w..., g... is female, m..., b... is
-- male; else the one in the person key, else either.
CREATE OR REPLACE TEMP MACRO mask_first_name(value, person := NULL, gender := NULL) AS
    _mask_first_name(
        value::VARCHAR, coalesce(person::VARCHAR, ''), coalesce(gender::VARCHAR, '')
    );

COMMENT ON MACRO mask_first_name IS
    'First name that agrees with gender. Keyed by person, else value; not unique.';
