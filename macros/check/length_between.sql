-- Boolean; NULL passes. Characters, not bytes: 'Zoë' has three.
CREATE OR REPLACE MACRO length_between(x, lo, hi) AS
    length(x) BETWEEN lo AND hi;

COMMENT ON MACRO length_between IS
    'x has between lo and hi characters, both included. NULL passes.';
