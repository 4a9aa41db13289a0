-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO one_of(x, allowed) AS
    x IN allowed;

COMMENT ON MACRO one_of IS
    'x is one of a list: one_of(status, [''open'', ''closed'']). NULL passes.';
