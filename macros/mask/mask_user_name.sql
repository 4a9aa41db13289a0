-- Fake login, made of the person's fake names and 65 bits of the digest of the exact value:
-- obennett_<13 characters>. A shorter column (max_length) cuts the names, never the suffix.
CREATE OR REPLACE TEMP MACRO mask_user_name(
    value, person := NULL, gender := NULL, max_length := 0
) AS
    _mask_user_name(
        value::VARCHAR,
        coalesce(person::VARCHAR, ''),
        coalesce(gender::VARCHAR, ''),
        max_length::VARCHAR
    );

COMMENT ON MACRO mask_user_name IS 'Unique login made of the fake name of the person.';
