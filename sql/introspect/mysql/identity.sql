-- What identifies the live server and the database: two names of one server give one identity.
SELECT concat_ws('/', 'mysql', @@hostname, @@port, @@datadir, database())
