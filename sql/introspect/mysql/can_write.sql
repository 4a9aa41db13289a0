-- 1 when the account holds a right to change something in this database, by itself.
SELECT count(*) > 0
FROM (
    SELECT grantee, privilege_type
    FROM information_schema.user_privileges
    UNION ALL
    SELECT grantee, privilege_type
    FROM information_schema.schema_privileges
    WHERE database() LIKE table_schema
    UNION ALL
    SELECT grantee, privilege_type
    FROM information_schema.table_privileges
    WHERE table_schema = database()
) AS granted
WHERE grantee = concat('''', replace(current_user(), '@', '''@'''), '''')
    AND privilege_type IN (
        'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'DROP', 'ALTER', 'INDEX', 'TRIGGER', 'SUPER'
    )
