-- The seed's function of this name, for two tables: rows of tbl whose district other does not
-- know.
CREATE OR REPLACE MACRO validate_district_id_consistency(
    tbl, district_id, other, other_district_id
) AS TABLE
    FROM unmatched(tbl, district_id, other, other_district_id);

COMMENT ON MACRO TABLE validate_district_id_consistency IS
    'Rows of tbl whose district does not occur in the other table.';
