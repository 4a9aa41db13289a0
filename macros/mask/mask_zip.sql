-- Fake ZIP code (NNNNN or NNNNN-NNNN, as the value is) of the place that mask_city gives the same
-- person in the same state. Other postal codes keep their layout.
CREATE OR REPLACE TEMP MACRO mask_zip(value, person := NULL, state := NULL) AS
    _mask_zip(
        value::VARCHAR, coalesce(person::VARCHAR, ''), coalesce(state::VARCHAR, '')
    );

COMMENT ON MACRO mask_zip IS 'ZIP code in `state`; of one place with mask_city of the same person.';
