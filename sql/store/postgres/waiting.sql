-- For sessions that may wait for locks: when the process dies, its wait ends, where the server can
-- see that (14 and later, on Linux). Not for readers: a snapshot is taken over before any query.
SELECT set_config('client_connection_check_interval', '1000', false)
WHERE current_setting('client_connection_check_interval', true) IS NOT NULL
    AND version() LIKE '%linux%';
