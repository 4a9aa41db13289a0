-- Rows of tbl, with their columns, from which the way up by above leads back to the row itself.
-- UNION, not UNION ALL: pairs that are known end the climb, so a cycle above a row ends it too.
CREATE OR REPLACE MACRO cycles(tbl, pk, above) AS TABLE
    WITH RECURSIVE
        _nodes AS (SELECT pk AS _pk, above AS _parent, * FROM query_table(tbl)),
        _climb AS (
            SELECT _pk AS _from, _parent AS _at FROM _nodes WHERE _parent IS NOT NULL
            UNION
            SELECT _climb._from, _nodes._parent
            FROM _climb
            JOIN _nodes ON _nodes._pk = _climb._at
            WHERE _nodes._parent IS NOT NULL AND _climb._at <> _climb._from
        )
    SELECT _nodes.* EXCLUDE (_pk, _parent)
    FROM _nodes
    SEMI JOIN (SELECT _from FROM _climb WHERE _from = _at) AS _circular ON _pk = _from;

COMMENT ON MACRO TABLE cycles IS 'Rows of tbl that are their own ancestor: a tree must have none.';
