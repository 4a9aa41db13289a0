-- Boolean; a premise that is NULL does not hold.
CREATE OR REPLACE MACRO implies(premise, conclusion) AS
    coalesce(NOT premise, true) OR conclusion;

COMMENT ON MACRO implies IS
    'Where the premise holds, so does the conclusion. A conclusion that is NULL passes.';
