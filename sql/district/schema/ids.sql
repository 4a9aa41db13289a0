-- IDS, the identity service: 15 tables. Districts, schools and people live here; the other stores
-- point at them. One text for PostgreSQL and SQLite; keys that close a circle come last.

CREATE TABLE grade_levels (
    level smallint PRIMARY KEY CHECK (level BETWEEN 0 AND 12),
    code varchar(4) NOT NULL UNIQUE,
    title varchar(40) NOT NULL,
    school_stage varchar(12) NOT NULL CHECK (school_stage IN ('elementary', 'middle', 'high')),
    created_at timestamp NOT NULL
);

CREATE TABLE subjects (
    id bigint PRIMARY KEY,
    parent_id bigint REFERENCES subjects (id),
    code varchar(12) NOT NULL UNIQUE,
    title varchar(80) NOT NULL,
    sced_area varchar(2) NOT NULL,
    created_at timestamp NOT NULL
);
CREATE INDEX subjects_parent ON subjects (parent_id);

CREATE TABLE districts (
    id varchar(40) PRIMARY KEY,
    nces_id varchar(7) NOT NULL UNIQUE,
    name varchar(100) NOT NULL,
    contact_name varchar(100),
    contact_email varchar(120),
    contact_phone varchar(20),
    street_address varchar(120),
    city varchar(60),
    state varchar(2) NOT NULL,
    zip varchar(10),
    website_url varchar(200),
    time_zone varchar(40) NOT NULL,
    school_year_start date NOT NULL,
    school_year_end date NOT NULL,
    active boolean NOT NULL,
    created_at timestamp NOT NULL,
    updated_at timestamp,
    CHECK (school_year_start < school_year_end)
);

-- person_type and person_id say the same as students.user_id and staff.user_id, read the other way.
CREATE TABLE users (
    id bigint PRIMARY KEY,
    district_id varchar(40) REFERENCES districts (id),
    person_type varchar(10) NOT NULL CHECK (person_type IN ('student', 'staff', 'platform')),
    person_id bigint,
    username varchar(60) NOT NULL UNIQUE,
    email varchar(120) NOT NULL UNIQUE,
    display_name varchar(100) NOT NULL,
    password_hash varchar(100),
    external_id varchar(12) NOT NULL UNIQUE,
    last_login_at timestamp,
    last_login_ip varchar(45),
    locale varchar(10) NOT NULL,
    active boolean NOT NULL,
    created_by bigint REFERENCES users (id),
    created_at timestamp NOT NULL,
    updated_at timestamp
);
CREATE INDEX users_district ON users (district_id);
CREATE INDEX users_created_by ON users (created_by);

CREATE TABLE schools (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL REFERENCES districts (id),
    state_school_id varchar(12) NOT NULL UNIQUE,
    name varchar(100) NOT NULL,
    school_type varchar(12) NOT NULL
        CHECK (school_type IN ('elementary', 'middle', 'high', 'combined')),
    low_grade smallint NOT NULL REFERENCES grade_levels (level),
    high_grade smallint NOT NULL REFERENCES grade_levels (level),
    street_address varchar(120),
    city varchar(60),
    state varchar(2) NOT NULL,
    zip varchar(10),
    phone varchar(20),
    office_email varchar(120),
    website_url varchar(200),
    capacity integer CHECK (capacity > 0),
    mission_statement text,
    opened_on date,
    created_by bigint REFERENCES users (id),
    updated_by bigint REFERENCES users (id),
    created_at timestamp NOT NULL,
    updated_at timestamp,
    CHECK (low_grade <= high_grade)
);
CREATE INDEX schools_district ON schools (district_id);
CREATE INDEX schools_created_by ON schools (created_by);
CREATE INDEX schools_updated_by ON schools (updated_by);
CREATE INDEX schools_low_grade ON schools (low_grade);
CREATE INDEX schools_high_grade ON schools (high_grade);

CREATE TABLE staff (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL REFERENCES districts (id),
    school_id bigint REFERENCES schools (id),
    user_id bigint NOT NULL UNIQUE REFERENCES users (id),
    supervisor_id bigint REFERENCES staff (id),
    employee_number varchar(8) NOT NULL UNIQUE,
    first_name varchar(60) NOT NULL,
    last_name varchar(60) NOT NULL,
    email varchar(120) NOT NULL UNIQUE,
    phone varchar(20),
    ssn varchar(11),
    birth_date date,
    gender varchar(1) CHECK (gender IN ('F', 'M', 'X')),
    job_title varchar(60) NOT NULL,
    hire_date date NOT NULL,
    termination_date date,
    notes text,
    created_by bigint REFERENCES users (id),
    updated_by bigint REFERENCES users (id),
    created_at timestamp NOT NULL,
    updated_at timestamp
);
CREATE INDEX staff_district ON staff (district_id);
CREATE INDEX staff_school ON staff (school_id);
CREATE INDEX staff_supervisor ON staff (supervisor_id);
CREATE INDEX staff_created_by ON staff (created_by);
CREATE INDEX staff_updated_by ON staff (updated_by);

CREATE TABLE teachers (
    id bigint PRIMARY KEY,
    staff_id bigint NOT NULL UNIQUE REFERENCES staff (id),
    subject_id bigint REFERENCES subjects (id),
    license_number varchar(9) NOT NULL UNIQUE,
    highest_degree varchar(20),
    active boolean NOT NULL,
    created_by bigint REFERENCES users (id),
    updated_by bigint REFERENCES users (id),
    created_at timestamp NOT NULL,
    updated_at timestamp
);
CREATE INDEX teachers_subject ON teachers (subject_id);
CREATE INDEX teachers_created_by ON teachers (created_by);
CREATE INDEX teachers_updated_by ON teachers (updated_by);

CREATE TABLE students (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL REFERENCES districts (id),
    school_id bigint NOT NULL REFERENCES schools (id),
    user_id bigint NOT NULL UNIQUE REFERENCES users (id),
    state_student_id varchar(10) NOT NULL UNIQUE,
    sis_id varchar(8) NOT NULL,
    external_id varchar(12) NOT NULL,
    first_name varchar(60) NOT NULL,
    middle_name varchar(60),
    last_name varchar(60) NOT NULL,
    preferred_name varchar(60),
    birth_date date NOT NULL,
    age integer CHECK (age BETWEEN 3 AND 90),
    gender varchar(1) CHECK (gender IN ('F', 'M', 'X')),
    grade_level smallint NOT NULL REFERENCES grade_levels (level),
    email varchar(120) UNIQUE,
    phone varchar(20),
    ssn varchar(11),
    street_address varchar(120),
    address_line2 varchar(60),
    city varchar(60),
    state varchar(2),
    zip varchar(10),
    home_language varchar(20),
    lunch_status varchar(8) CHECK (lunch_status IN ('free', 'reduced', 'paid')),
    special_education boolean NOT NULL,
    photo_url varchar(200),
    notes text,
    created_by bigint REFERENCES users (id),
    updated_by bigint REFERENCES users (id),
    created_at timestamp NOT NULL,
    updated_at timestamp,
    UNIQUE (district_id, sis_id)
);
CREATE INDEX students_district ON students (district_id);
CREATE INDEX students_school ON students (school_id);
CREATE INDEX students_grade_level ON students (grade_level);
CREATE INDEX students_created_by ON students (created_by);
CREATE INDEX students_updated_by ON students (updated_by);

CREATE TABLE courses (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL REFERENCES districts (id),
    subject_id bigint NOT NULL REFERENCES subjects (id),
    code varchar(20) NOT NULL,
    name varchar(100) NOT NULL,
    credits numeric(4, 2) NOT NULL CHECK (credits >= 0),
    min_grade smallint REFERENCES grade_levels (level),
    max_students integer,
    description text,
    active boolean NOT NULL,
    created_by bigint REFERENCES users (id),
    updated_by bigint REFERENCES users (id),
    created_at timestamp NOT NULL,
    updated_at timestamp,
    UNIQUE (district_id, code)
);
CREATE INDEX courses_district ON courses (district_id);
CREATE INDEX courses_subject ON courses (subject_id);
CREATE INDEX courses_min_grade ON courses (min_grade);
CREATE INDEX courses_created_by ON courses (created_by);
CREATE INDEX courses_updated_by ON courses (updated_by);

CREATE TABLE prerequisites (
    id bigint PRIMARY KEY,
    course_id bigint NOT NULL REFERENCES courses (id),
    required_course_id bigint NOT NULL REFERENCES courses (id),
    minimum_grade varchar(2),
    created_by bigint REFERENCES users (id),
    updated_by bigint REFERENCES users (id),
    created_at timestamp NOT NULL,
    UNIQUE (course_id, required_course_id),
    CHECK (course_id <> required_course_id)
);
CREATE INDEX prerequisites_required ON prerequisites (required_course_id);
CREATE INDEX prerequisites_created_by ON prerequisites (created_by);
CREATE INDEX prerequisites_updated_by ON prerequisites (updated_by);

CREATE TABLE classes (
    id bigint PRIMARY KEY,
    course_id bigint NOT NULL REFERENCES courses (id),
    school_id bigint NOT NULL REFERENCES schools (id),
    section varchar(10) NOT NULL,
    term varchar(10) NOT NULL CHECK (term IN ('fall', 'spring', 'year')),
    room varchar(10),
    period smallint CHECK (period BETWEEN 1 AND 8),
    max_students integer CHECK (max_students > 0),
    start_date date NOT NULL,
    end_date date NOT NULL,
    created_by bigint REFERENCES users (id),
    updated_by bigint REFERENCES users (id),
    created_at timestamp NOT NULL,
    updated_at timestamp,
    CHECK (start_date < end_date)
);
CREATE INDEX classes_course ON classes (course_id);
CREATE INDEX classes_school ON classes (school_id);
CREATE INDEX classes_created_by ON classes (created_by);
CREATE INDEX classes_updated_by ON classes (updated_by);

CREATE TABLE class_assignments (
    class_id bigint NOT NULL REFERENCES classes (id),
    teacher_id bigint NOT NULL REFERENCES teachers (id),
    role varchar(10) NOT NULL CHECK (role IN ('primary', 'co-teacher')),
    assigned_on date NOT NULL,
    created_by bigint REFERENCES users (id),
    updated_by bigint REFERENCES users (id),
    created_at timestamp NOT NULL,
    PRIMARY KEY (class_id, teacher_id)
);
CREATE INDEX class_assignments_teacher ON class_assignments (teacher_id);
CREATE INDEX class_assignments_created_by ON class_assignments (created_by);
CREATE INDEX class_assignments_updated_by ON class_assignments (updated_by);

CREATE TABLE student_courses (
    student_id bigint NOT NULL REFERENCES students (id),
    class_id bigint NOT NULL REFERENCES classes (id),
    status varchar(10) NOT NULL CHECK (status IN ('active', 'completed', 'dropped')),
    final_grade varchar(2),
    credits_earned numeric(4, 2),
    created_by bigint REFERENCES users (id),
    updated_by bigint REFERENCES users (id),
    created_at timestamp NOT NULL,
    updated_at timestamp,
    PRIMARY KEY (student_id, class_id)
);
CREATE INDEX student_courses_class ON student_courses (class_id);
CREATE INDEX student_courses_created_by ON student_courses (created_by);
CREATE INDEX student_courses_updated_by ON student_courses (updated_by);

CREATE TABLE enrollments (
    id bigint PRIMARY KEY,
    student_id bigint NOT NULL REFERENCES students (id),
    school_id bigint NOT NULL REFERENCES schools (id),
    previous_school_id bigint REFERENCES schools (id),
    grade_level smallint NOT NULL REFERENCES grade_levels (level),
    enrollment_date date NOT NULL,
    graduation_date date,
    exit_reason varchar(40),
    status varchar(12) NOT NULL CHECK (status IN ('active', 'transferred', 'graduated')),
    created_by bigint REFERENCES users (id),
    updated_by bigint REFERENCES users (id),
    created_at timestamp NOT NULL,
    updated_at timestamp
);
CREATE INDEX enrollments_student ON enrollments (student_id);
CREATE INDEX enrollments_school ON enrollments (school_id);
CREATE INDEX enrollments_previous_school ON enrollments (previous_school_id);
CREATE INDEX enrollments_grade_level ON enrollments (grade_level);
CREATE INDEX enrollments_created_by ON enrollments (created_by);
CREATE INDEX enrollments_updated_by ON enrollments (updated_by);

CREATE TABLE attendance (
    id bigint PRIMARY KEY,
    enrollment_id bigint NOT NULL REFERENCES enrollments (id),
    class_id bigint REFERENCES classes (id),
    attendance_date date NOT NULL,
    status varchar(10) NOT NULL CHECK (status IN ('present', 'absent', 'tardy', 'excused')),
    minutes_missed smallint NOT NULL CHECK (minutes_missed BETWEEN 0 AND 480),
    excuse_note text,
    recorded_by bigint REFERENCES users (id),
    created_at timestamp NOT NULL,
    UNIQUE (enrollment_id, attendance_date)
);
CREATE INDEX attendance_class ON attendance (class_id);
CREATE INDEX attendance_recorded_by ON attendance (recorded_by);

-- The two circles: a school's principal is on its staff; a course names one of its prerequisites.
ALTER TABLE schools ADD COLUMN principal_id bigint REFERENCES staff (id);
ALTER TABLE courses ADD COLUMN main_prerequisite_id bigint REFERENCES prerequisites (id);
CREATE INDEX schools_principal ON schools (principal_id);
CREATE INDEX courses_main_prerequisite ON courses (main_prerequisite_id);
