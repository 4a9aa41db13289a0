-- The keyed digests of the leaves of one place in JSON that leave as tokens.
SELECT mask_digest(leaf.atom ->> '$', $domain) AS digest
FROM (SELECT CAST($column AS VARCHAR) AS _cell FROM staging.$table) AS this,
    json_tree(CASE WHEN json_valid(this._cell) THEN CAST(this._cell AS JSON) END) AS leaf
WHERE (leaf.atom ->> '$') <> '' AND $leaves
