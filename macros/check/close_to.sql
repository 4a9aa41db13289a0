-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO close_to(a, b, tolerance) AS
    abs(a - b) <= tolerance * greatest(abs(a), abs(b));

COMMENT ON MACRO close_to IS
    'Two numbers differ by at most that share of the larger one: close_to(n, m, 0.05). NULL '
    'passes.';
