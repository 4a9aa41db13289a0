-- Rows of tbl, with their columns, from which the way up by above leads back to the row itself.
-- UNION, not UNION ALL: pairs that are known end the climb, so a cycle above a row ends it too.
CREATE OR REPLACE MACRO cycles(tbl, pk, above) AS TABLE
    WITH RECURSIVE
        nodes AS (SELECT pk AS _pk, above AS _parent, * FROM query_table(tbl)),
        climb AS (
            SELECT _pk AS _from, _parent AS _at FROM nodes WHERE _parent IS NOT NULL
            UNION
            SELECT climb._from, nodes._parent
            FROM climb
            JOIN nodes ON nodes._pk = climb._at
            WHERE nodes._parent IS NOT NULL AND climb._at <> climb._from
        )
    SELECT nodes.* EXCLUDE (_pk, _parent)
    FROM nodes
    SEMI JOIN (SELECT _from FROM climb WHERE _from = _at) AS circular ON _pk = _from;

COMMENT ON MACRO TABLE cycles IS 'Rows of tbl that are their own ancestor: a tree must have none.';
