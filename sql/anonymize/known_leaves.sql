-- Teaches the scanner the leaves of one place in JSON, with their fakes.
INSERT INTO memory.people.word
SELECT DISTINCT _value, $kind, split_part(_person, chr(31), 1), CAST($fake AS VARCHAR)
FROM (
    SELECT leaf.atom ->> '$' AS _value, this._person
    FROM (
        SELECT CAST($column AS VARCHAR) AS _cell, CAST($person AS VARCHAR) AS _person
        FROM staging.$table
    ) AS this, json_tree(CASE WHEN json_valid(this._cell) THEN CAST(this._cell AS JSON) END) AS leaf
    WHERE $leaves
)
WHERE _value <> '';
