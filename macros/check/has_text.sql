-- Boolean, never NULL.
CREATE OR REPLACE MACRO has_text(x) AS
    coalesce(regexp_matches(x, '\S'), false);

COMMENT ON MACRO has_text IS 'x is not NULL and holds something besides white space.';
