-- Rows of tbl, with their columns, whose fk names no row of parent. fk and pk are evaluated each
-- in a SELECT over its own table only: in a correlated subquery fk would bind to the parent's
-- column of that name.
CREATE OR REPLACE MACRO orphans(tbl, fk, parent, pk) AS TABLE
    WITH
        _children AS (SELECT fk AS _fk, * FROM query_table(tbl)),
        _parents AS (SELECT pk AS _pk FROM query_table(parent))
    SELECT _children.* EXCLUDE (_fk)
    FROM _children
    ANTI JOIN _parents ON _fk = _pk
    WHERE _fk IS NOT NULL;

COMMENT ON MACRO TABLE orphans IS
    'Rows of tbl whose reference fk names no pk of parent. NULL references nothing. Many '
    'columns: orphans_of.';
