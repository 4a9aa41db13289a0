-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO not_before(d, first) AS
    CAST(d AS DATE) >= first;

COMMENT ON MACRO not_before IS 'The date or time d is not before the day first. NULL passes.';
