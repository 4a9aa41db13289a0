-- Pins what changes the text of values and the meaning of ours: names in double quotes, backslashes
-- that are plain letters, UTC. A client that is busy storing rows is not dropped.
SET
    NAMES utf8mb4,
    SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES',
    SESSION time_zone = '+00:00',
    SESSION net_write_timeout = 3600,
    SESSION wait_timeout = 28800
