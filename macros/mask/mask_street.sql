-- Fake street address: number, name and kind of street.
CREATE OR REPLACE TEMP MACRO mask_street(value, person := NULL) AS
    _mask_street(value::VARCHAR, coalesce(person::VARCHAR, ''));

COMMENT ON MACRO mask_street IS 'Street address. Keyed by person, else value; not unique.';
