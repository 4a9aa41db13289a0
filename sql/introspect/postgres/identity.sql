-- One text: what two connections to one live server and database have in common, readable by any
-- account. A copied cluster has the same system identifier and database oid, not the same start.
SELECT concat_ws(
    '/',
    'postgres',
    (SELECT system_identifier FROM pg_control_system()),
    (SELECT oid FROM pg_database WHERE datname = current_database()),
    extract(epoch FROM pg_postmaster_start_time()),
    current_setting('port')
);
