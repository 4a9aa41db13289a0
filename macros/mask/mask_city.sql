-- Fake city that lies in state (code or name; any where it is NULL) and fits mask_zip of the same
-- person.
CREATE OR REPLACE TEMP MACRO mask_city(value, person := NULL, state := NULL) AS
    _mask_city(
        value::VARCHAR, coalesce(person::VARCHAR, ''), coalesce(state::VARCHAR, '')
    );

COMMENT ON MACRO mask_city IS
    'City in `state`; of one place with mask_zip of the same person. Keyed by person, else value.';
