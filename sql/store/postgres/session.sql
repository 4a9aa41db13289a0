-- What every connection begins with: the text of every type reads back as the identical value;
-- notices, which may quote rows, are not sent; hash tables may hold a chunk of keys; nothing waits
-- without end.
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'iso_8601';
SET timezone = 'UTC';
SET extra_float_digits = 3;
SET bytea_output = 'hex';
SET lc_monetary = 'C';
SET xmloption = 'content';
SET standard_conforming_strings = on;
SET client_min_messages = 'error';
SET work_mem = '128MB';
SET idle_in_transaction_session_timeout = 0;
SET statement_timeout = '2h';
SET lock_timeout = '30s';
