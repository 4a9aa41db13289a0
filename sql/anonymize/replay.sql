-- Masks a sample of a table again, in an order of its own: a masker that looks at another row, or
-- remembers one, gives another fake now. The salt chooses the rows.
INSERT INTO run.meta.replay
SELECT $store, $table, "~at", [$digests]
FROM (
    SELECT "~at", $columns
    FROM (
        SELECT staged.*
        FROM (SELECT *, row_number() OVER () - 1 AS "~at" FROM staging.$name) AS staged
        SEMI JOIN (
            SELECT hash(mask_digest(CAST(number AS VARCHAR), 'replay ' || $table)) % $rows AS place
            FROM range($sample) AS numbers (number)
        ) AS chosen ON staged."~at" = chosen.place
        ORDER BY hash(staged."~at")
    )
);
