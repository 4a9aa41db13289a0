-- 'true' when this transaction is the one that may load the tenant, else 'false'. The lock is let
-- go when the transaction ends, or when its owner dies.
SELECT pg_try_advisory_xact_lock(hashtextextended($tenant, 731058841))::text;
