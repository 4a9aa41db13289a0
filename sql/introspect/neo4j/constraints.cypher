// The unique properties of every label: a node's key is the first of them.
SHOW CONSTRAINTS YIELD name, type, entityType, labelsOrTypes, properties
WHERE entityType = 'NODE' AND (type CONTAINS 'UNIQUENESS' OR type CONTAINS 'NODE_KEY')
RETURN labelsOrTypes[0] AS label, properties
ORDER BY label, size(properties), name
