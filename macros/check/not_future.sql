-- Boolean; NULL passes. The day is an argument: a rule that asked the clock would change its mind
-- by itself.
CREATE OR REPLACE MACRO not_future(d, as_of) AS
    CAST(d AS DATE) <= as_of;

COMMENT ON MACRO not_future IS 'The date or time d is not after the day as_of. NULL passes.';
