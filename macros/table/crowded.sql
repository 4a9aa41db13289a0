-- Rows of tbl, with their columns, that more than `most` rows of child name.
CREATE OR REPLACE MACRO crowded(tbl, pk, child, fk, most) AS TABLE
    WITH
        _parents AS (SELECT pk AS _pk, * FROM query_table(tbl)),
        _counted AS (
            SELECT _fk
            FROM (SELECT fk AS _fk FROM query_table(child))
            GROUP BY _fk
            HAVING count(*) > most
        )
    SELECT _parents.* EXCLUDE (_pk)
    FROM _parents
    SEMI JOIN _counted ON _pk = _fk;

COMMENT ON MACRO TABLE crowded IS 'Rows of tbl with more than `most` rows in child.';
