-- Circular dependencies among the tables, with the reference at which the order breaks them.
CREATE TABLE IF NOT EXISTS meta.cycle (
    tables VARCHAR[] NOT NULL,
    break_point VARCHAR NOT NULL,
    reason VARCHAR NOT NULL
);
