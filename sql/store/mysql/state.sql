-- One row: the number of the connection, and the time in UTC.
SELECT connection_id(), date_format(utc_timestamp(6), '%Y-%m-%dT%H:%i:%s.%fZ')
