-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO none_of(x, forbidden) AS
    NOT (x IN forbidden);

COMMENT ON MACRO none_of IS 'x is none of a list. NULL passes.';
