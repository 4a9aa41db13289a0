-- Rows of tbl, with their columns, that more than `most` rows of child name.
CREATE OR REPLACE MACRO crowded(tbl, pk, child, fk, most) AS TABLE
    WITH
        parents AS (SELECT pk AS _pk, * FROM query_table(tbl)),
        counted AS (
            SELECT _fk
            FROM (SELECT fk AS _fk FROM query_table(child))
            GROUP BY _fk
            HAVING count(*) > most
        )
    SELECT parents.* EXCLUDE (_pk)
    FROM parents
    SEMI JOIN counted ON _pk = _fk;

COMMENT ON MACRO TABLE crowded IS 'Rows of tbl with more than `most` rows in child.';
