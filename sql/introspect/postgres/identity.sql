-- One text: what all connections to one database of one server have in common, readable by any
-- account. A copied cluster has it too: only a signal tells it from the original.
SELECT concat_ws(
    '/',
    'postgres',
    (SELECT system_identifier FROM pg_control_system()),
    (SELECT oid FROM pg_database WHERE datname = current_database())
);
