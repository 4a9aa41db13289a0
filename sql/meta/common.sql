-- The words fakes are chosen from (first names, last names, cities), lower case. An original that
-- is one of them may come back by chance: the privacy checks do not count it.
CREATE TABLE IF NOT EXISTS meta.common (value VARCHAR NOT NULL);
