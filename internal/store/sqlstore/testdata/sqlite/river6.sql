-- What workers on River v0.34 left in the outbox: an app was told, an app did not answer once, a logout and a notice wait. Some
-- times stand there as Go prints them: that version handed them to the driver as they were.
INSERT INTO river_queue (name, created_at, metadata, updated_at) VALUES
    ('default', '2026-01-02 03:04:05.803', '{}', '2026-01-02 03:04:05.803'),
    ('logouts', '2026-01-02 03:04:05.804', '{}', '2026-01-02 03:04:05.804');
INSERT INTO river_job (state, attempt, max_attempts, attempted_at, created_at, finalized_at, scheduled_at, priority, args, attempted_by, errors, kind, metadata, queue, tags) VALUES
    ('completed', 1, 17, '2026-01-02 03:04:05.805', '2026-01-02 03:04:05.801', '2026-01-02 03:04:05.806092258 +0000 UTC m=+4.700486569', '2026-01-02 03:04:05.801', 1,
     CAST('{"sid":"ses_delivered","practice_id":"prc_harbour","user_id":"usr_ada","client_id":"delivered","reason":"revoked","at":"2026-01-02T03:04:05Z"}' AS BLOB),
     '["vm_2026_01_02T03_04_05_802705"]', NULL, 'logout', '{}', 'logouts', '[]'),
    ('available', 1, 17, '2026-01-02 03:04:05.805', '2026-01-02 03:04:05.802', NULL, '2026-01-02 03:04:10.806077871 +0000 UTC', 1,
     CAST('{"sid":"ses_failed","practice_id":"prc_harbour","user_id":"usr_ada","client_id":"failed","reason":"revoked","at":"2026-01-02T03:04:05Z"}' AS BLOB),
     '["vm_2026_01_02T03_04_05_802705"]', '[{"at":"2026-01-02T03:04:05.806009319Z","attempt":1,"error":"not delivered: unavailable","trace":""}]',
     'logout', '{}', 'logouts', '[]'),
    ('available', 0, 17, NULL, '2026-01-02 03:04:09.807', NULL, '2026-01-02 03:04:09.807', 1,
     CAST('{"sid":"ses_waiting","practice_id":"prc_harbour","user_id":"usr_ada","client_id":"waiting","reason":"revoked","at":"2026-01-02T03:04:05Z"}' AS BLOB),
     NULL, NULL, 'logout', '{}', 'logouts', '[]'),
    ('available', 0, 17, NULL, '2026-01-02 03:04:09.809', NULL, '2026-01-02 03:04:09.809', 1,
     CAST('{"id":"job_xmphewltglbtozceurpbiomk2q","sealed":"cml2ZXJfam9iL2FyZ3Mvam9iX3htcGhld2x0Z2xidG96Y2V1cnBiaW9tazJxfHsia2luZCI6InBpbl91c2VkIiwidXNlcl9pZCI6InVzcl9hZGEiLCJuYW1lIjoiQWRhIMWBb3ZlbGFjZSIsImVtYWlsIjoiYWRhQGhhcmJvdXIuZXhhbXBsZSIsInBob25lIjoiKzYxNDkxNTcwMTU2IiwiYXQiOiIyMDI2LTAzLTAxVDAyOjAzOjA0WiIsInRpbWVfem9uZSI6IkF1c3RyYWxpYS9TeWRuZXkifQ=="}' AS BLOB),
     NULL, NULL, 'notice', '{"river:unique_nonce":"ffd8f0b0d239a569"}', 'default', '[]');
