-- What workers on River v0.34 left in the outbox: an app was told, an app did not answer once, a logout and a notice wait.
INSERT INTO river_queue (name, created_at, metadata, updated_at) VALUES
    ('default', '2026-01-02T03:04:05.586578Z', '{}', '2026-01-02T03:04:05.586578Z'),
    ('logouts', '2026-01-02T03:04:05.587353Z', '{}', '2026-01-02T03:04:05.587353Z');
INSERT INTO river_job (state, attempt, max_attempts, attempted_at, created_at, finalized_at, scheduled_at, priority, args, attempted_by, errors, kind, metadata, queue, tags) VALUES
    ('completed', 1, 17, '2026-01-02T03:04:05.591102Z', '2026-01-02T03:04:05.570219Z', '2026-01-02T03:04:05.592274Z', '2026-01-02T03:04:05.570219Z', 1,
     '{"at": "2026-01-02T03:04:05Z", "sid": "ses_delivered", "reason": "revoked", "user_id": "usr_ada", "client_id": "delivered", "practice_id": "prc_harbour"}',
     '{vm_2026_01_02T03_04_05_585805}', NULL, 'logout', '{}', 'logouts', '{}'),
    ('available', 1, 17, '2026-01-02T03:04:05.591102Z', '2026-01-02T03:04:05.581077Z', NULL, '2026-01-02T03:04:10.592462Z', 1,
     '{"at": "2026-01-02T03:04:05Z", "sid": "ses_failed", "reason": "revoked", "user_id": "usr_ada", "client_id": "failed", "practice_id": "prc_harbour"}',
     '{vm_2026_01_02T03_04_05_585805}', '{"{\"at\": \"2026-01-02T03:04:05.592185876Z\", \"error\": \"not delivered: unavailable\", \"trace\": \"\", \"attempt\": 1}"}',
     'logout', '{}', 'logouts', '{}'),
    ('available', 0, 17, NULL, '2026-01-02T03:04:09.590812Z', NULL, '2026-01-02T03:04:09.590812Z', 1,
     '{"at": "2026-01-02T03:04:05Z", "sid": "ses_waiting", "reason": "revoked", "user_id": "usr_ada", "client_id": "waiting", "practice_id": "prc_harbour"}',
     NULL, NULL, 'logout', '{}', 'logouts', '{}'),
    ('available', 0, 17, NULL, '2026-01-02T03:04:09.63371Z', NULL, '2026-01-02T03:04:09.63371Z', 1,
     '{"id": "job_wxlioeu26x6p3ok4xpl72sh2hm", "sealed": "cml2ZXJfam9iL2FyZ3Mvam9iX3d4bGlvZXUyNng2cDNvazR4cGw3MnNoMmhtfHsia2luZCI6InBpbl91c2VkIiwidXNlcl9pZCI6InVzcl9hZGEiLCJuYW1lIjoiQWRhIMWBb3ZlbGFjZSIsImVtYWlsIjoiYWRhQGhhcmJvdXIuZXhhbXBsZSIsInBob25lIjoiKzYxNDkxNTcwMTU2IiwiYXQiOiIyMDI2LTAzLTAxVDAyOjAzOjA0WiIsInRpbWVfem9uZSI6IkF1c3RyYWxpYS9TeWRuZXkifQ=="}',
     NULL, NULL, 'notice', '{}', 'default', '{}');
