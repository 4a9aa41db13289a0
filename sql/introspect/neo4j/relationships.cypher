// One row per type of relationship and property: the types of its values, and whether all have it.
CALL db.schema.relTypeProperties()
YIELD relType, propertyName, propertyTypes, mandatory
RETURN
    relType AS type,
    propertyName AS property,
    coalesce(propertyTypes, []) AS types,
    mandatory
