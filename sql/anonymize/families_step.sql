-- Everybody takes the least family among those of his relatives, and then the one that this one has
-- by now: chains close in a few steps.
CREATE OR REPLACE TABLE memory.people.nearer AS
WITH near AS (
    SELECT family._key, least(family._family, min(other._family)) AS _family
    FROM memory.people.family AS family
    JOIN memory.people.edge AS edge ON edge._one = family._key
    JOIN memory.people.family AS other ON other._key = edge._other
    GROUP BY family._key, family._family
)
SELECT near._key, root._family
FROM near
JOIN near AS root ON root._key = near._family;
