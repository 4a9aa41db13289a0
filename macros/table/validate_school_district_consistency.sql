-- The seed's function of this name: schools of a district that was not extracted.
CREATE OR REPLACE MACRO validate_school_district_consistency(
    tbl, district_id, districts, id
) AS TABLE
    FROM orphans(tbl, district_id, districts, id);

COMMENT ON MACRO TABLE validate_school_district_consistency IS
    'Schools whose district is not in the slice.';
