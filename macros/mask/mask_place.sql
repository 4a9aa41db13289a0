-- The key of the place a row lives at, for mask_city and mask_zip instead of a person: rows of one
-- ZIP code stay neighbours, and city and ZIP code of a row are one place, other than the real city.
-- NULL where the row has neither.
CREATE OR REPLACE TEMP MACRO mask_place(zip, city) AS
    coalesce('zip:' || nullif(left(zip::VARCHAR, 5), ''), 'city:' || lower(trim(city::VARCHAR)))
        || repeat(chr(31), 5) || coalesce(trim(city::VARCHAR), '');

COMMENT ON MACRO mask_place IS 'Key of a place: what mask_city and mask_zip of one row share.';
