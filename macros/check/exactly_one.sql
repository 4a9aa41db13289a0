-- Boolean, never NULL.
CREATE OR REPLACE MACRO exactly_one(a, b) AS
    (a IS NULL) <> (b IS NULL);

COMMENT ON MACRO exactly_one IS 'One of the two is present, the other is not.';
