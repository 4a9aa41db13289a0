-- Fills a made-up table: each cell is one of those its column could hold, in every mixture.
INSERT INTO staging.$table
SELECT $chosen
FROM (SELECT $cells) AS cells, range($rows) AS numbers (number);
