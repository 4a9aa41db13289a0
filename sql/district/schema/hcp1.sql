-- HCP1, the family and services platform: 12 tables. What it says about pupils, staff, schools and
-- users points into IDS; those references are links, named in rules/district/project.yaml.

CREATE TABLE accounts (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL,
    user_id bigint NOT NULL UNIQUE,
    student_id bigint,
    staff_id bigint,
    account_type varchar(10) NOT NULL CHECK (account_type IN ('student', 'staff')),
    username varchar(60) NOT NULL UNIQUE,
    email varchar(120) UNIQUE,
    display_name varchar(100) NOT NULL,
    password_hash varchar(100),
    sis_id varchar(8),
    external_id varchar(12) NOT NULL,
    last_login_at timestamp,
    last_login_ip varchar(45),
    locale varchar(10) NOT NULL,
    status varchar(10) NOT NULL CHECK (status IN ('active', 'locked', 'closed')),
    created_by bigint,
    updated_by bigint,
    created_at timestamp NOT NULL,
    updated_at timestamp,
    CHECK (student_id IS NOT NULL OR staff_id IS NOT NULL)
);
CREATE INDEX accounts_district ON accounts (district_id);
CREATE INDEX accounts_student ON accounts (student_id);
CREATE INDEX accounts_staff ON accounts (staff_id);

CREATE TABLE user_sessions (
    id bigint PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts (id),
    ip_address varchar(45) NOT NULL,
    user_agent varchar(200),
    login_method varchar(10) NOT NULL CHECK (login_method IN ('password', 'sso', 'badge')),
    referrer_url varchar(200),
    started_at timestamp NOT NULL,
    ended_at timestamp,
    created_at timestamp NOT NULL
);
CREATE INDEX user_sessions_account ON user_sessions (account_id);

CREATE TABLE addresses (
    id bigint PRIMARY KEY,
    street_address varchar(120) NOT NULL,
    address_line2 varchar(60),
    city varchar(60) NOT NULL,
    state varchar(2) NOT NULL,
    postal_code varchar(10) NOT NULL,
    latitude numeric(9, 6),
    longitude numeric(9, 6),
    verified boolean NOT NULL,
    created_at timestamp NOT NULL,
    updated_at timestamp
);

-- contact_student_id: the pupil whose district keeps the guardian's record; NULL for the others.
CREATE TABLE guardians (
    id bigint PRIMARY KEY,
    address_id bigint REFERENCES addresses (id),
    contact_student_id bigint,
    first_name varchar(60) NOT NULL,
    last_name varchar(60) NOT NULL,
    full_name varchar(120) NOT NULL,
    email varchar(120),
    home_phone varchar(20),
    mobile_phone varchar(20),
    employer varchar(100),
    preferred_language varchar(20),
    portal_active boolean NOT NULL,
    notes text,
    created_by bigint,
    updated_by bigint,
    created_at timestamp NOT NULL,
    updated_at timestamp
);
CREATE INDEX guardians_address ON guardians (address_id);
CREATE INDEX guardians_contact_student ON guardians (contact_student_id);

CREATE TABLE student_guardians (
    student_id bigint NOT NULL,
    guardian_id bigint NOT NULL REFERENCES guardians (id),
    relationship varchar(20) NOT NULL,
    is_primary boolean NOT NULL,
    pickup_allowed boolean NOT NULL,
    created_by bigint,
    updated_by bigint,
    created_at timestamp NOT NULL,
    PRIMARY KEY (student_id, guardian_id)
);
CREATE INDEX student_guardians_guardian ON student_guardians (guardian_id);

CREATE TABLE sibling_links (
    student_id bigint NOT NULL,
    sibling_id bigint NOT NULL,
    relation varchar(12) NOT NULL CHECK (relation IN ('full', 'half', 'step')),
    verified_on date,
    created_by bigint,
    created_at timestamp NOT NULL,
    PRIMARY KEY (student_id, sibling_id),
    CHECK (student_id <> sibling_id)
);
CREATE INDEX sibling_links_sibling ON sibling_links (sibling_id);

CREATE TABLE emergency_contacts (
    id bigint PRIMARY KEY,
    student_id bigint NOT NULL,
    full_name varchar(120) NOT NULL,
    relationship varchar(20) NOT NULL,
    phone varchar(20) NOT NULL,
    alternate_phone varchar(20),
    priority smallint NOT NULL CHECK (priority BETWEEN 1 AND 9),
    created_by bigint,
    updated_by bigint,
    created_at timestamp NOT NULL,
    updated_at timestamp,
    UNIQUE (student_id, priority)
);

CREATE TABLE health_records (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL,
    student_id bigint NOT NULL UNIQUE,
    physician_name varchar(100),
    physician_phone varchar(20),
    insurance_number varchar(11),
    allergies text,
    medical_notes text,
    immunized boolean NOT NULL,
    last_screening date,
    created_by bigint,
    updated_by bigint,
    created_at timestamp NOT NULL,
    updated_at timestamp
);
CREATE INDEX health_records_district ON health_records (district_id);

CREATE TABLE bus_routes (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL,
    school_id bigint NOT NULL,
    driver_id bigint,
    name varchar(60) NOT NULL,
    capacity integer NOT NULL CHECK (capacity > 0),
    active boolean NOT NULL,
    created_by bigint,
    updated_by bigint,
    created_at timestamp NOT NULL
);
CREATE INDEX bus_routes_district ON bus_routes (district_id);
CREATE INDEX bus_routes_school ON bus_routes (school_id);

CREATE TABLE bus_stops (
    id bigint PRIMARY KEY,
    route_id bigint NOT NULL REFERENCES bus_routes (id),
    stop_order smallint NOT NULL CHECK (stop_order > 0),
    street_corner varchar(120) NOT NULL,
    pickup_minute smallint NOT NULL CHECK (pickup_minute BETWEEN 0 AND 1439),
    created_by bigint,
    updated_by bigint,
    created_at timestamp NOT NULL,
    UNIQUE (route_id, stop_order)
);

CREATE TABLE student_transport (
    student_id bigint NOT NULL,
    stop_id bigint NOT NULL REFERENCES bus_stops (id),
    direction varchar(4) NOT NULL CHECK (direction IN ('to', 'from')),
    effective_from date NOT NULL,
    effective_to date,
    created_by bigint,
    created_at timestamp NOT NULL,
    PRIMARY KEY (student_id, stop_id, direction)
);
CREATE INDEX student_transport_stop ON student_transport (stop_id);

CREATE TABLE transfer_records (
    id bigint PRIMARY KEY,
    district_id varchar(40) NOT NULL,
    student_id bigint NOT NULL,
    from_school_id bigint,
    to_school_id bigint NOT NULL,
    guardian_id bigint REFERENCES guardians (id),
    requested_on date NOT NULL,
    approved_on date,
    approved_by bigint,
    reason text,
    created_by bigint,
    updated_by bigint,
    created_at timestamp NOT NULL,
    updated_at timestamp
);
CREATE INDEX transfer_records_district ON transfer_records (district_id);
CREATE INDEX transfer_records_student ON transfer_records (student_id);
CREATE INDEX transfer_records_guardian ON transfer_records (guardian_id);
