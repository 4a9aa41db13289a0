// SP, the graph: District, School, Student, Staff; BELONGS_TO, ENROLLED_IN, TEACHES, WORKS_FOR.
CREATE CONSTRAINT district_key IF NOT EXISTS FOR (n:District) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT school_key IF NOT EXISTS FOR (n:School) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT student_key IF NOT EXISTS FOR (n:Student) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT staff_key IF NOT EXISTS FOR (n:Staff) REQUIRE n.id IS UNIQUE;
CREATE INDEX school_district IF NOT EXISTS FOR (n:School) ON (n.district_id);
CREATE INDEX student_district IF NOT EXISTS FOR (n:Student) ON (n.district_id);
CREATE INDEX staff_district IF NOT EXISTS FOR (n:Staff) ON (n.district_id);
