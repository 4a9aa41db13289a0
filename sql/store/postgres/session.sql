-- What every transaction begins with: the text of every type reads back as the identical value;
-- notices, which may quote rows, are not sent; hash tables may hold a chunk of keys; nothing waits
-- without end. For the transaction alone: behind a pooler the connection is somebody else's next.
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL intervalstyle = 'iso_8601';
SET LOCAL timezone = 'UTC';
SET LOCAL extra_float_digits = 3;
SET LOCAL bytea_output = 'hex';
SET LOCAL lc_monetary = 'C';
SET LOCAL xmloption = 'content';
SET LOCAL standard_conforming_strings = on;
SET LOCAL client_min_messages = 'error';
SET LOCAL work_mem = '128MB';
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL statement_timeout = '2h';
SET LOCAL lock_timeout = '30s';
-- A process that dies while it waits for a lock must not wait on: asked for every second, where the
-- server knows how (14 and later, on Linux).
SELECT set_config('client_connection_check_interval', '1000', true)
WHERE current_setting('client_connection_check_interval', true) IS NOT NULL
    AND version() LIKE '%linux%';
