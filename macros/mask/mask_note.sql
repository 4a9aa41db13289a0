-- Free text or JSON (in any depth, texts in it included): what the run knows of anybody becomes the
-- fake of its column, by preference that of one of the persons the row is about (keys parted by
-- U+001E); e-mail addresses, telephones, social security numbers, cards, IBANs, IP addresses and
-- URLs become fakes too. With rare also the words that few rows have in common. Outside of a run
-- nothing is known, and the patterns alone are found.
CREATE OR REPLACE TEMP MACRO mask_note(value, persons := NULL, rare := false) AS
    _mask_note(value::VARCHAR, coalesce(persons::VARCHAR, ''), rare::VARCHAR);

COMMENT ON MACRO mask_note IS
    'Text or JSON in which what is known or looks personal is replaced, and the rest stays.';
