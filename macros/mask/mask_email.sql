-- Fake e-mail address, made of the person's fake names and 65 bits of the digest of the exact
-- value, so that a unique column stays unique: first.last.<13 characters>@mail.example.org. A
-- shorter column (max_length) cuts the names, never the suffix. Without a person the names are
-- keyed by value.
CREATE OR REPLACE TEMP MACRO mask_email(
    value, person := NULL, gender := NULL, preserve_domain := false, max_length := 0
) AS
    _mask_email(
        value::VARCHAR,
        coalesce(person::VARCHAR, ''),
        coalesce(gender::VARCHAR, ''),
        preserve_domain::VARCHAR,
        max_length::VARCHAR
    );

COMMENT ON MACRO mask_email IS
    'Unique e-mail address under example.org made of the fake name of the person.';
