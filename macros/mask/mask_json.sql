-- JSON whose places have strategies of their own, as the policy's `json:` says. rules is the
-- policy's list of paths, each with the masking function to call (its further arguments in args),
-- a value to set, or that it stays; the first rule that leads to a leaf decides. What no rule
-- names is scanned as by mask_note. Text that is no JSON is an error.
CREATE OR REPLACE TEMP MACRO mask_json(
    value, rules, persons := NULL, person := NULL, rare := false
) AS
    _mask_json(
        value::VARCHAR,
        rules,
        coalesce(persons::VARCHAR, ''),
        coalesce(person::VARCHAR, ''),
        rare::VARCHAR
    );

COMMENT ON MACRO mask_json IS
    'JSON with a strategy per place; what no place names is scanned. No JSON is an error.';
