-- Fake birth date, DATE. With an age the fake is exactly that old at as_of, so the year that the
-- row implies stays; else its age lies between min_age and max_age. as_of is a constant of the
-- project, never today: a fake must not move from one run to the next.
CREATE OR REPLACE TEMP MACRO mask_birth_date(
    value, person := NULL, min_age := 0, max_age := 100, age := NULL, as_of := DATE '2026-01-01'
) AS
    _mask_birth_date(
        value::VARCHAR,
        coalesce(person::VARCHAR, ''),
        min_age::VARCHAR,
        max_age::VARCHAR,
        coalesce(age::VARCHAR, ''),
        as_of::VARCHAR
    )::DATE;

COMMENT ON MACRO mask_birth_date IS
    'Birth date of somebody aged `age` (else min_age to max_age) at as_of. Keyed by person.';
