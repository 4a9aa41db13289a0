// One row per set of labels and property: the types of its values, and whether every node has it.
CALL db.schema.nodeTypeProperties()
YIELD nodeLabels, propertyName, propertyTypes, mandatory
RETURN
    nodeLabels AS labels,
    propertyName AS property,
    coalesce(propertyTypes, []) AS types,
    mandatory
