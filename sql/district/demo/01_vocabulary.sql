-- The words and the dice of the demo. Everything drawn is a pure function of the variable `seed`, a
-- tag and a number, so the result does not depend on threads or on the order of evaluation.
-- Variables the caller sets: seed BIGINT, scale DOUBLE, side 'prod' | 'cert'.

-- The outer hash mixes: DuckDB combines several arguments so that their lowest bits stay related.
CREATE OR REPLACE MACRO dice(tag, n) AS hash(hash(getvariable('seed'), tag, n));
CREATE OR REPLACE MACRO roll(tag, n, sides) AS (dice(tag, n) % (sides)::UBIGINT)::BIGINT;
CREATE OR REPLACE MACRO pick(words, tag, n) AS words[1 + roll(tag, n, len(words))];
CREATE OR REPLACE MACRO digits(tag, n, count) AS
    lpad((dice(tag, n) % (10 ** (count))::UBIGINT)::VARCHAR, count, '0');
CREATE OR REPLACE MACRO moment(tag, n) AS
    TIMESTAMP '2023-07-01 06:00:00' + to_seconds(roll(tag, n, 52000000));

-- Keys hold their district: 10,000,000 numbers each, CERT's own far above all of PROD's.
CREATE OR REPLACE MACRO district_key(d) AS
    CASE WHEN d = 900 THEN 'cert-lab' ELSE 'district-' || lpad(d::VARCHAR, 3, '0') END;
CREATE OR REPLACE MACRO key_of(d, n) AS (d * 10000000 + n)::BIGINT;
CREATE OR REPLACE MACRO neighbour(d) AS
    CASE WHEN d = 900 THEN NULL WHEN d = 24 THEN 1 ELSE d + 1 END;

-- Who wrote a row: nobody on record, a platform account, a colleague, now and then a neighbour's.
CREATE OR REPLACE MACRO author(d, n) AS CASE
    WHEN n % 97 = 5 THEN key_of(neighbour(d), 5000001 + n % 10)
    WHEN n % 4 = 0 THEN NULL
    WHEN n % 4 = 1 AND d <> 900 THEN 1 + (n // 4) % 5
    ELSE key_of(d, 5000001 + n % 10)
END;
CREATE OR REPLACE MACRO later(tag, n, since) AS
    CASE WHEN roll(tag, n, 3) = 0 THEN NULL ELSE since + to_hours(1 + roll(tag, n, 700)) END;

SET VARIABLE girls = ['Emma', 'Olivia', 'Ava', 'Sophia', 'Isabella', 'Mia', 'Charlotte', 'Amelia',
    'Harper',
    'Evelyn', 'Zoë', 'Chloé', 'María', 'Ana', 'Sofía', 'Priya', 'Aaliyah', 'Fatima', 'Mei', 'Yuki',
    'Ngọc', 'Siobhán',
    'Grace', 'Nora', 'Hannah', 'Leah', 'Naomi', 'Ruth', 'Abigail', 'Madison', 'Destiny', 'Imani',
    'D''Asia',
    'Mary Jane', 'Anne-Marie', 'Łucja', 'Зоя', 'Noor', 'Tala', 'Winona'];
SET VARIABLE boys = ['Liam', 'Noah', 'Oliver', 'Elijah', 'James', 'William', 'Benjamin', 'Lucas',
    'Henry',
    'Theodore', 'José', 'Ángel', 'Mateo', 'Santiago', 'Diego', 'Jamal', 'Malik', 'Omar', 'Ahmed',
    'Wei', 'Haruto', 'Minh',
    'Seán', 'Björn', 'Jürgen', 'Łukasz', 'Иван', 'Arjun', 'Ravi', 'Kofi', 'De''Andre', 'Jean-Luc',
    'Caleb',
    'Ethan', 'Isaac', 'Levi', 'Ezra', 'Wyatt', 'Tyrone', 'Dakota'];
SET VARIABLE surnames = ['Smith', 'Johnson', 'Williams', 'Brown', 'Jones', 'García', 'Miller',
    'Davis',
    'Rodríguez', 'Martínez', 'Hernández', 'López', 'González', 'Wilson', 'Anderson', 'Thomas',
    'Taylor', 'Moore',
    'Jackson', 'Martin', 'Lee', 'Pérez', 'Thompson', 'White', 'Harris', 'Sánchez', 'Clark',
    'Ramírez', 'Lewis',
    'Robinson', 'Walker', 'Young', 'Allen', 'King', 'Wright', 'Scott', 'Torres', 'Nguyễn', 'Hill',
    'Flores',
    'O''Neill', 'O''Brien', 'D''Angelo', 'Müller', 'Schröder', 'Nuñez', 'Fernández-Ruiz',
    'van der Berg', 'Kim',
    'Patel', 'Singh', 'Khan', 'Ali', 'Chen', 'Wang', 'Yamamoto', 'Kowalski', 'Nowak', 'Jokić',
    'Петров', 'Okafor',
    'Adebayo', 'Mensah', 'Begay', 'Running Bear', 'St. John', 'McDonald', 'MacLeod',
    'Ó Súilleabháin', 'Åkesson'];
SET VARIABLE streets = ['Oak', 'Maple', 'Cedar', 'Pine', 'Elm', 'Washington', 'Lake', 'Hill',
    'Main', 'Park',
    'Second', 'Third', 'Sunset', 'Lincoln', 'Jackson', 'Church', 'River', 'Spring', 'Meadow',
    'César Chávez', 'King''s'];
SET VARIABLE suffixes = ['Street', 'Avenue', 'Road', 'Lane', 'Drive', 'Court', 'Boulevard', 'Way'];
SET VARIABLE cities = ['Springfield', 'Riverside', 'Franklin', 'Greenville', 'Bristol', 'Clinton',
    'Fairview',
    'Salem', 'Madison', 'Georgetown', 'Arlington', 'Ashland', 'Cañon City', 'Coeur d''Alene',
    'San José', 'Española'];
SET VARIABLE states = ['AL', 'AZ', 'CA', 'CO', 'FL', 'GA', 'IL', 'MA', 'MI', 'MN', 'NC', 'NJ', 'NM',
    'NY', 'OH', 'OR',
    'PA', 'TX', 'VA', 'WA'];
SET VARIABLE languages = ['English', 'Spanish', 'Vietnamese', 'Arabic', 'Mandarin', 'Somali',
    'Navajo', 'Polish'];
SET VARIABLE agents = ['Mozilla/5.0 (X11; CrOS x86_64) Chrome/126.0',
    'Mozilla/5.0 (iPad; CPU OS 17_5) Safari/604.1',
    'Mozilla/5.0 (Windows NT 10.0) Firefox/127.0', 'Mozilla/5.0 (Macintosh) Safari/605.1'];
SET VARIABLE school_words = ['Lincoln', 'Roosevelt', 'Franklin', 'Rosa Parks', 'Cesar Chavez',
    'Sequoyah',
    'Marie Curie', 'Harriet Tubman', 'Jefferson', 'Oak Grove', 'Lakeview', 'Northside',
    'Saint-Exupéry', 'King''s Crossing'];

-- People, by kind and key: who someone is does not depend on the table that says it.
CREATE OR REPLACE MACRO gender_of(kind, id) AS pick(['F', 'M', 'F', 'M', 'F', 'M', 'F', 'M', 'X'],
    kind || '/gender', id);
CREATE OR REPLACE MACRO first_name_of(kind, id) AS CASE gender_of(kind, id)
    WHEN 'F' THEN pick(getvariable('girls'), kind || '/first', id)
    WHEN 'M' THEN pick(getvariable('boys'), kind || '/first', id)
    ELSE pick(['Riley', 'Jordan', 'Casey', 'Quinn', 'Avery', 'Sasha'], kind || '/first', id)
END;
CREATE OR REPLACE MACRO plain(words) AS regexp_replace(lower(strip_accents(words)), '[^a-z]', '',
    'g');
CREATE OR REPLACE MACRO login_of(first_name, last_name, id) AS
    coalesce(nullif(plain(first_name)[:1], ''), 'u') || plain(last_name)[:12] || id::VARCHAR;
CREATE OR REPLACE MACRO phone_number(tag, n) AS
    (201 + roll(tag || '/area', n, 780))::VARCHAR || '-' || (200 + roll(tag, n, 800))::VARCHAR
        || '-' || digits(tag, n, 4);
CREATE OR REPLACE MACRO ssn_number(tag, n) AS
    lpad((1 + roll(tag, n, 660))::VARCHAR, 3, '0') || '-'
        || lpad((1 + roll(tag || '/group', n, 99))::VARCHAR, 2, '0')
    || '-' || lpad((1 + roll(tag || '/serial', n, 9999))::VARCHAR, 4, '0');
CREATE OR REPLACE MACRO street(tag, n) AS (1 + roll(tag, n, 9800))::VARCHAR || ' '
    || pick(getvariable('streets'), tag || '/street', n) || ' '
        || pick(getvariable('suffixes'), tag || '/suffix', n);
CREATE OR REPLACE MACRO zip_code(tag, n) AS (10001 + roll(tag, n, 88000))::VARCHAR;
CREATE OR REPLACE MACRO ip_number(tag, n) AS '10.' || roll(tag, n, 250) || '.'
    || roll(tag || '/c', n, 250)
    || '.' || (1 + roll(tag || '/d', n, 250));

-- Issued identifiers. Each is unique because the key is in it, permuted by a step without common
-- factor. The first three pupils of district-001 have marked ones, beginning with 999; ordinary
-- ones never do. A number of the SIS is no key of any district, forwards or backwards: the search
-- for originals would take the key for the number.
CREATE OR REPLACE MACRO state_student_number(id) AS CASE WHEN id IN (10000001, 10000002, 10000003)
    THEN '9990' || lpad((id % 100)::VARCHAR, 6, '7')
        ELSE lpad(((id * 7919 + 104729) % 9000000000)::VARCHAR, 10, '1') END;
CREATE OR REPLACE MACRO sis_number(id) AS CASE WHEN id IN (10000001, 10000002, 10000003)
    THEN '9990' || lpad((id % 100)::VARCHAR, 4, '7')
        ELSE (27000020 + id % 10000000 * 100 + id * 7 % 30)::VARCHAR END;
CREATE OR REPLACE MACRO external_number(kind, id) AS CASE
    WHEN id IN (10000001, 10000002, 10000003) THEN 'ZQXMARK' || kind
    || lpad((id % 100)::VARCHAR, 4, '0')
    ELSE kind || upper(substr(md5(getvariable('seed') || kind || id), 1, 2))
        || lpad(upper(printf('%x', id)), 9, '0') END;
