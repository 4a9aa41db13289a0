-- HCP2, the learning platform: 10 tables. Classes, pupils and staff are those of IDS, accounts
-- those of HCP1: links, named in rules/district/project.yaml. Only what is stored by district says
-- so.

CREATE TABLE standards (
    id bigint PRIMARY KEY,
    parent_id bigint REFERENCES standards (id),
    subject_id bigint NOT NULL,
    grade_level smallint,
    code varchar(20) NOT NULL UNIQUE,
    title varchar(120) NOT NULL,
    description text,
    created_at timestamp NOT NULL
);
CREATE INDEX standards_parent ON standards (parent_id);

CREATE TABLE gradebook_categories (
    id bigint PRIMARY KEY,
    class_id bigint NOT NULL,
    name varchar(40) NOT NULL,
    weight numeric(5, 2) NOT NULL CHECK (weight BETWEEN 0 AND 100),
    drop_lowest smallint NOT NULL CHECK (drop_lowest >= 0),
    created_by bigint,
    updated_by bigint,
    created_at timestamp NOT NULL,
    UNIQUE (class_id, name)
);

CREATE TABLE resources (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL,
    course_id bigint,
    uploaded_by bigint,
    title varchar(120) NOT NULL,
    url varchar(200) NOT NULL,
    media_type varchar(40) NOT NULL,
    size_bytes bigint CHECK (size_bytes >= 0),
    created_by bigint,
    updated_by bigint,
    created_at timestamp NOT NULL,
    updated_at timestamp
);
CREATE INDEX resources_district ON resources (district_id);
CREATE INDEX resources_course ON resources (course_id);

CREATE TABLE assignments (
    id bigint PRIMARY KEY,
    class_id bigint NOT NULL,
    category_id bigint NOT NULL REFERENCES gradebook_categories (id),
    resource_id bigint REFERENCES resources (id),
    title varchar(120) NOT NULL,
    instructions text,
    points numeric(6, 2) NOT NULL CHECK (points > 0),
    assigned_on date NOT NULL,
    due_date date NOT NULL,
    published boolean NOT NULL,
    created_by bigint,
    updated_by bigint,
    created_at timestamp NOT NULL,
    updated_at timestamp,
    CHECK (assigned_on <= due_date)
);
CREATE INDEX assignments_class ON assignments (class_id);
CREATE INDEX assignments_category ON assignments (category_id);
CREATE INDEX assignments_resource ON assignments (resource_id);

CREATE TABLE assignment_standards (
    assignment_id bigint NOT NULL REFERENCES assignments (id),
    standard_id bigint NOT NULL REFERENCES standards (id),
    created_by bigint,
    created_at timestamp NOT NULL,
    PRIMARY KEY (assignment_id, standard_id)
);
CREATE INDEX assignment_standards_standard ON assignment_standards (standard_id);

CREATE TABLE submissions (
    id bigint PRIMARY KEY,
    assignment_id bigint NOT NULL REFERENCES assignments (id),
    student_id bigint NOT NULL,
    attempt smallint NOT NULL CHECK (attempt > 0),
    status varchar(10) NOT NULL CHECK (status IN ('submitted', 'late', 'graded', 'missing')),
    submitted_at timestamp,
    score numeric(6, 2) CHECK (score >= 0),
    feedback text,
    attachment_url varchar(200),
    graded_by bigint,
    created_by bigint,
    created_at timestamp NOT NULL,
    updated_at timestamp,
    UNIQUE (assignment_id, student_id, attempt)
);
CREATE INDEX submissions_student ON submissions (student_id);
CREATE INDEX submissions_graded_by ON submissions (graded_by);

-- (student_id, class_id) is the key of ids.student_courses.
CREATE TABLE grades (
    student_id bigint NOT NULL,
    class_id bigint NOT NULL,
    marking_period varchar(2) NOT NULL CHECK (marking_period IN ('Q1', 'Q2', 'Q3', 'Q4')),
    letter_grade varchar(2) NOT NULL,
    percent numeric(5, 2) CHECK (percent BETWEEN 0 AND 100),
    teacher_comment text,
    graded_by bigint,
    created_by bigint,
    updated_by bigint,
    created_at timestamp NOT NULL,
    updated_at timestamp,
    PRIMARY KEY (student_id, class_id, marking_period)
);
CREATE INDEX grades_class ON grades (class_id);
CREATE INDEX grades_graded_by ON grades (graded_by);

CREATE TABLE messages (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL,
    sender_account_id bigint NOT NULL,
    reply_to_id bigint REFERENCES messages (id),
    about_student_id bigint,
    class_id bigint,
    subject_line varchar(200),
    body text NOT NULL,
    sent_at timestamp NOT NULL,
    created_at timestamp NOT NULL
);
CREATE INDEX messages_district ON messages (district_id);
CREATE INDEX messages_sender ON messages (sender_account_id);
CREATE INDEX messages_reply ON messages (reply_to_id);

CREATE TABLE outbound_emails (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL,
    message_id bigint REFERENCES messages (id),
    recipient_email varchar(120) NOT NULL,
    subject_line varchar(200),
    provider_key varchar(40),
    status varchar(10) NOT NULL CHECK (status IN ('queued', 'sent', 'bounced')),
    sent_at timestamp,
    created_at timestamp NOT NULL
);
CREATE INDEX outbound_emails_district ON outbound_emails (district_id);
CREATE INDEX outbound_emails_message ON outbound_emails (message_id);

CREATE TABLE message_recipients (
    message_id bigint NOT NULL REFERENCES messages (id),
    account_id bigint NOT NULL,
    email_id bigint REFERENCES outbound_emails (id),
    read_at timestamp,
    created_at timestamp NOT NULL,
    PRIMARY KEY (message_id, account_id)
);
CREATE INDEX message_recipients_account ON message_recipients (account_id);
CREATE INDEX message_recipients_email ON message_recipients (email_id);
