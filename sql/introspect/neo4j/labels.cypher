// Every set of labels that occurs.
MATCH (n) RETURN DISTINCT labels(n) AS labels
