-- TOKEN_00000001. The number is the rank of mask_digest among the distinct values of the run, so
-- that it says nothing about the value and is the same in every table of the run. NULL gives NULL.
CREATE OR REPLACE TEMP MACRO mask_token(number) AS
    format('TOKEN_{:08d}', number::BIGINT);

COMMENT ON MACRO mask_token IS 'TOKEN_ and the number in at least eight digits.';
