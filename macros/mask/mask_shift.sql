-- DATE or TIMESTAMP moved by up to `days` days either way, never by none. All dates of a person
-- move together, so that distances stay; without a person equal dates do. A DATE becomes a
-- TIMESTAMP: cast to the column's type.
CREATE OR REPLACE TEMP MACRO mask_shift(value, person := NULL, days := 30) AS
    value + to_days(
        _mask_shift(value::VARCHAR, coalesce(person::VARCHAR, ''), days::VARCHAR)::INTEGER
    );

COMMENT ON MACRO mask_shift IS 'Date moved by 1 to `days` days either way, all of a person alike.';
