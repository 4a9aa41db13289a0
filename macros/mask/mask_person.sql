-- A person key that also says to which family one belongs, of which gender one is, and which names
-- are real, so that no fake is one of them. Tables that call the same person by one key must agree
-- on all of them. NULL stays NULL: nobody is known.
CREATE OR REPLACE TEMP MACRO mask_person(
    person, family := NULL, gender := NULL, first_name := NULL, last_name := NULL
) AS
    person::VARCHAR
        || chr(31) || coalesce(family::VARCHAR, '')
        || chr(31) || coalesce(gender::VARCHAR, '')
        || chr(31) || coalesce(first_name::VARCHAR, '')
        || chr(31) || coalesce(last_name::VARCHAR, '');

COMMENT ON MACRO mask_person IS
    'Person key with family (one last name), gender (fitting first name) and real names to avoid.';
