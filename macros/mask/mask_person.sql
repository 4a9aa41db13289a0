-- A person key that also says to which family one belongs and of which gender one is. Tables that
-- call the same person by one key must agree on all three. NULL stays NULL: nobody is known.
CREATE OR REPLACE TEMP MACRO mask_person(person, family := NULL, gender := NULL) AS
    person::VARCHAR
        || chr(31) || coalesce(family::VARCHAR, '')
        || chr(31) || coalesce(gender::VARCHAR, '');

COMMENT ON MACRO mask_person IS
    'Person key with family (one last name) and gender (fitting first name).';
