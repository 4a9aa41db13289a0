-- ADB, analytics: 8 tables fed from the other stores. It declares few keys of its own; what it says
-- about others are links, named in rules/district/project.yaml.

CREATE TABLE import_batches (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL,
    requested_by bigint,
    source_system varchar(20) NOT NULL,
    file_url varchar(200),
    started_at timestamp NOT NULL,
    finished_at timestamp,
    row_count integer CHECK (row_count >= 0),
    status varchar(10) NOT NULL CHECK (status IN ('done', 'failed', 'running')),
    created_at timestamp NOT NULL
);
CREATE INDEX import_batches_district ON import_batches (district_id);

CREATE TABLE external_id_map (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL,
    batch_id bigint NOT NULL REFERENCES import_batches (id),
    entity_type varchar(10) NOT NULL CHECK (entity_type IN ('student', 'staff')),
    entity_id bigint NOT NULL,
    external_id varchar(12) NOT NULL,
    sis_id varchar(8),
    state_student_id varchar(10),
    matched_on date,
    confidence numeric(4, 3) CHECK (confidence BETWEEN 0 AND 1),
    created_by bigint,
    created_at timestamp NOT NULL,
    updated_at timestamp,
    UNIQUE (entity_type, entity_id)
);
CREATE INDEX external_id_map_district ON external_id_map (district_id);
CREATE INDEX external_id_map_batch ON external_id_map (batch_id);

CREATE TABLE assessments (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL,
    subject_id bigint NOT NULL,
    title varchar(120) NOT NULL,
    assessment_type varchar(12) NOT NULL
        CHECK (assessment_type IN ('benchmark', 'state', 'screener')),
    max_score integer NOT NULL CHECK (max_score > 0),
    window_start date NOT NULL,
    window_end date NOT NULL,
    created_by bigint,
    updated_by bigint,
    created_at timestamp NOT NULL,
    CHECK (window_start <= window_end)
);
CREATE INDEX assessments_district ON assessments (district_id);

CREATE TABLE assessment_results (
    assessment_id bigint NOT NULL REFERENCES assessments (id),
    student_id bigint NOT NULL,
    school_id bigint NOT NULL,
    grade_level smallint,
    score integer NOT NULL CHECK (score >= 0),
    percentile smallint CHECK (percentile BETWEEN 1 AND 99),
    performance_level varchar(12),
    proctor_name varchar(100),
    recorded_by bigint,
    taken_on date NOT NULL,
    created_at timestamp NOT NULL,
    PRIMARY KEY (assessment_id, student_id)
);
CREATE INDEX assessment_results_student ON assessment_results (student_id);
CREATE INDEX assessment_results_grade_level ON assessment_results (grade_level);
CREATE INDEX assessment_results_school ON assessment_results (school_id);

CREATE TABLE student_snapshots (
    student_id bigint NOT NULL,
    snapshot_date date NOT NULL,
    district_id varchar(40) NOT NULL,
    school_id bigint NOT NULL,
    homeroom_teacher_id bigint,
    full_name varchar(120) NOT NULL,
    email varchar(120),
    birth_date date,
    gender varchar(1),
    grade_level smallint NOT NULL,
    gpa numeric(4, 3) CHECK (gpa BETWEEN 0 AND 4),
    days_absent integer NOT NULL CHECK (days_absent >= 0),
    risk_score numeric(5, 2),
    created_at timestamp NOT NULL,
    PRIMARY KEY (student_id, snapshot_date)
);
CREATE INDEX student_snapshots_district ON student_snapshots (district_id);

CREATE TABLE school_metrics (
    school_id bigint NOT NULL,
    school_year varchar(9) NOT NULL,
    metric varchar(30) NOT NULL,
    district_id varchar(40) NOT NULL,
    value numeric(12, 2) NOT NULL,
    student_count integer NOT NULL CHECK (student_count >= 0),
    computed_by bigint,
    created_at timestamp NOT NULL,
    updated_at timestamp,
    PRIMARY KEY (school_id, school_year, metric)
);
CREATE INDEX school_metrics_district ON school_metrics (district_id);

-- What happened to whom; platform-wide entries have no district.
CREATE TABLE audit_log (
    id bigint PRIMARY KEY,
    district_id varchar(40),
    actor_id bigint,
    target_type varchar(10) NOT NULL
        CHECK (target_type IN ('student', 'staff', 'school', 'class', 'course')),
    target_id bigint,
    action varchar(12) NOT NULL CHECK (action IN ('create', 'update', 'view', 'export')),
    detail text,
    ip_address varchar(45),
    created_at timestamp NOT NULL
);
CREATE INDEX audit_log_district ON audit_log (district_id);
CREATE INDEX audit_log_target ON audit_log (target_type, target_id);

CREATE TABLE events (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL,
    account_id bigint,
    student_id bigint,
    school_id bigint,
    event_type varchar(20) NOT NULL,
    payload jsonb NOT NULL,
    ip_address varchar(45),
    page_url varchar(200),
    occurred_at timestamp NOT NULL,
    created_at timestamp NOT NULL
);
CREATE INDEX events_district ON events (district_id);
CREATE INDEX events_account ON events (account_id);
CREATE INDEX events_student ON events (student_id);
