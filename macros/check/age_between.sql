-- Boolean; NULL passes, as in SQL CHECK.
CREATE OR REPLACE MACRO age_between(born, as_of, lo, hi) AS
    date_sub('year', born, as_of) BETWEEN lo AND hi;

COMMENT ON MACRO age_between IS
    'Somebody born on that day is between lo and hi years old on the day as_of. NULL passes.';
