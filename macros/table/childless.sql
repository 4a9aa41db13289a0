-- Rows of tbl, with their columns, that fewer than `least` rows of child name. Counted from the
-- parent's side: a parent without children has no group of its own and GROUP BY ... HAVING would
-- pass it.
CREATE OR REPLACE MACRO childless(tbl, pk, child, fk, least := 1) AS TABLE
    WITH
        _parents AS (SELECT pk AS _pk, * FROM query_table(tbl)),
        _counted AS (
            SELECT _fk, count(*) AS _count
            FROM (SELECT fk AS _fk FROM query_table(child))
            GROUP BY _fk
        )
    SELECT _parents.* EXCLUDE (_pk)
    FROM _parents
    LEFT JOIN _counted ON _pk = _fk
    WHERE coalesce(_count, 0) < least;

COMMENT ON MACRO TABLE childless IS
    'Rows of tbl with fewer than `least` rows in child (default 1).';
