-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO sums_to(total, parts) AS
    total = list_sum(parts);

COMMENT ON MACRO sums_to IS
    'The total is the sum of a list: sums_to(days, [present, absent]). A total that is NULL '
    'passes; parts that are NULL count as nothing.';
