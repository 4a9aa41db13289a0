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
