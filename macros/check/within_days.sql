-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO within_days(a, b, days) AS
    abs(date_diff('day', a, b)) <= days;

COMMENT ON MACRO within_days IS 'The dates a and b are at most so many days apart. NULL passes.';
