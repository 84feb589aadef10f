-- What version 25 of the schema held, written as version 25 wrote it, and rows of version 1 beside it. Never changed afterwards.
-- Sealed values are in the test's own sealing: the place, a bar, the value.

INSERT INTO practices (id, name, kind, state, region, time_zone, mfa, apps, created_at, updated_at, version) VALUES
    ('prc_harbour', 'Harbour & Finch Accounting', 'customer', 'active', 'AU', 'Australia/Sydney', 'active', '["contacts","timesheets"]', '2026-01-02T03:04:05.678901Z', '2026-01-02T03:04:05.678901Z', 3),
    ('prc_aps', 'APS', 'aps', 'suspended', 'GB', 'Europe/London', 'off', '[]', '2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05.000000Z', 1);

INSERT INTO users (id, practice_id, username, name, state, roles, password_hash, password_changed_at, password_reset_at, created_at, updated_at, last_signin_at, version) VALUES
    ('usr_ada', 'prc_harbour', 'ada@harbour.example', 'Ada Łovelace', 'active', '["system_administrator"]', '$argon2id$ada', '2026-01-02T03:04:05.000000Z', NULL, '2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05.000000Z', '2026-02-02T03:04:05.000000Z', 7);

INSERT INTO users (id, practice_id, username, name, state, roles, password_hash, password_changed_at, password_reset_at, created_at, updated_at, last_signin_at, version) VALUES
    ('usr_bob', 'prc_aps', 'bob@aps.example', 'Bob', 'active', '[]', '$argon2id$bob', NULL, NULL, '2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05.000000Z', NULL, 1);

INSERT INTO authenticators (id, practice_id, user_id, kind, label, totp_key, phone, last_step, created_at, last_used_at) VALUES
    ('aut_totp', 'prc_harbour', 'usr_ada', 'totp', 'Phone', CAST('authenticators/totp_key/aut_totp|JBSWY3DPEHPK3PXP' AS BLOB), NULL, 59000000, '2026-01-02T03:04:05.000000Z', '2026-02-02T03:04:05.000000Z'),
    ('aut_sms', 'prc_harbour', 'usr_ada', 'sms', '', NULL, CAST('authenticators/phone/aut_sms|+61491570156' AS BLOB), 0, '2026-01-03T03:04:05.000000Z', NULL);

INSERT INTO recovery_pins (user_id, practice_id, hash, created_at) VALUES
    ('usr_ada', 'prc_harbour', '$argon2id$pin', '2026-01-02T03:04:05.000000Z');

INSERT INTO clients (id, name, kind, auth_method, secrets, redirect_uris, post_logout_redirect_uris, initiate_login_uri, scopes, refresh_tokens, pkce_optional, id_token_alg, reference_tokens, practice_id, profile, session_lifetime, session_idle_timeout, mfa_required_from, disabled, created_at, updated_at, version) VALUES
    ('timesheets', 'Cloud Timesheets', 'web', 'client_secret_basic', '[{"hash":"aa"},{"hash":"bb","expires_at":"2026-05-01T00:00:00Z"}]', '["https://timesheets.example/cb"]', '["https://timesheets.example/"]', 'https://timesheets.example/start', '["offline_access","openid"]', TRUE, FALSE, 'ES256', FALSE, NULL, 'default', 86400000000, 0, NULL, FALSE, '2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05.000000Z', 1),
    ('fusesign', 'FuseSign', 'machine', 'client_secret_post', '[{"hash":"cc"}]', '[]', '[]', '', '["documents"]', FALSE, FALSE, 'RS256', TRUE, 'prc_harbour', 'government_connected', 0, 900000000, '2026-06-30T14:00:00.000000Z', TRUE, '2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05.000000Z', 2);

INSERT INTO clients (id, name, kind, auth_method, secrets, redirect_uris, post_logout_redirect_uris, backchannel_logout_uri, initiate_login_uri, scopes, refresh_tokens, pkce_optional, id_token_alg, reference_tokens, practice_id, profile, session_lifetime, session_idle_timeout, sign_on_group, mfa_required_from, disabled, created_at, updated_at, version) VALUES
    ('lodgements', 'Lodgements', 'web', 'client_secret_basic', '[{"hash":"dd"}]', '["https://lodgements.example/cb"]', '[]', 'https://lodgements.example/out', '', '["openid"]', FALSE, FALSE, 'ES256', FALSE, NULL, 'government_connected', 0, 0, 'desk', NULL, FALSE, '2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05.000000Z', 1);

INSERT INTO sessions (id, practice_id, user_id, client_id, browser_hash, acr, amr, auth_time, created_at, expires_at, ended_at, end_reason) VALUES
    ('ses_live', 'prc_harbour', 'usr_ada', 'timesheets', 'b1', 'urn:aps:acr:mfa', '["pwd","otp","mfa"]', '2026-02-02T03:04:05.000000Z', '2026-02-02T03:04:05.000000Z', '2026-02-03T03:04:05.000000Z', NULL, ''),
    ('ses_over', 'prc_harbour', 'usr_ada', 'timesheets', 'b2', 'urn:aps:acr:pwd', '["pwd"]', '2026-02-01T03:04:05.000000Z', '2026-02-01T03:04:05.000000Z', '2026-02-02T03:04:05.000000Z', '2026-02-01T04:04:05.000000Z', 'revoked');

INSERT INTO sessions (id, practice_id, user_id, client_id, browser_hash, acr, amr, auth_time, created_at, expires_at, last_activity, sign_on, ended_at, end_reason) VALUES
    ('ses_first', 'prc_aps', 'usr_bob', 'timesheets', 'b3', 'urn:aps:acr:pwd', '["pwd"]', '2026-02-02T03:04:05.000000Z', '2026-02-02T03:04:05.000000Z', '2026-02-03T03:04:05.000000Z', '2026-02-02T05:04:05.000000Z', NULL, NULL, ''),
    ('ses_second', 'prc_aps', 'usr_bob', 'lodgements', 'b4', 'urn:aps:acr:pwd', '["pwd"]', '2026-02-02T03:04:05.000000Z', '2026-02-02T04:04:05.000000Z', '2026-02-03T03:03:05.000000Z', '2026-02-02T05:04:05.000000Z', 'ses_first', NULL, '');

INSERT INTO refresh_tokens (hash, sid, client_id, user_id, scopes, auth_time, created_at, expires_at, used_at) VALUES
    ('r1', 'ses_live', 'timesheets', 'usr_ada', '["offline_access","openid"]', '2026-02-02T03:04:05.000000Z', '2026-02-02T03:04:05.000000Z', '2026-02-03T03:04:05.000000Z', '2026-02-02T04:04:05.000000Z'),
    ('r2', 'ses_live', 'timesheets', 'usr_ada', '["offline_access","openid"]', '2026-02-02T03:04:05.000000Z', '2026-02-02T04:04:05.000000Z', '2026-02-03T03:04:05.000000Z', NULL);

-- The subject is ada@harbour.example.
INSERT INTO guards (subject_hash, proof, failures, locks, locked, locked_until, updated_at) VALUES
    ('b46890fd698965ceb0adc42e4f2df305b2cb0cff412585e82a2de34bc2f5b7b0', 'password', 2, 1, TRUE, '2026-02-02T04:04:05.000000Z', '2026-02-02T03:04:05.000000Z');

INSERT INTO signing_keys (id, alg, private, created_at, sign_from, sign_until, verify_until) VALUES
    ('key_one', 'ES256', CAST('signing_keys/private/key_one|MIGHAgEA' AS BLOB), '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', '2026-04-01T00:00:00.000000Z', '2026-04-02T00:00:00.000000Z');

INSERT INTO events (id, at, type, actor_kind, actor_id, practice_id, user_id, client_id, sid, result, reason, address, user_agent, details) VALUES
    ('evt_1', '2026-02-02T03:04:05.000000Z', 'signin.succeeded', 'user', 'usr_ada', 'prc_harbour', 'usr_ada', 'timesheets', 'ses_live', 'success', 'practice_activated', '203.0.113.7', 'Mozilla/5.0', '{"method":"totp"}');

INSERT INTO practices (id, name, kind, state, region, time_zone, mfa, mfa_required_from, phone, apps, created_at, updated_at, version) VALUES
    ('prc_maui', 'Māui Ledgers', 'customer', 'active', 'NZ', 'Pacific/Auckland', 'requested', '2026-12-31T11:00:00.000000Z', '+64 9 555 0100', '["contacts"]', '2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05.000000Z', 1);

INSERT INTO users (id, practice_id, username, name, state, roles, blocked_apps, password_hash, password_changed_at, password_reset_at, email_verified_at, words_of, created_at, updated_at, last_signin_at, version) VALUES
    ('usr_eve', 'prc_maui', 'eve@maui.example', 'Eve Ngāta', 'active', '["user_management"]', '["timesheets"]', '', NULL, NULL, '2026-02-02T03:04:05.000000Z', 'Eve Ngāta', '2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05.000000Z', NULL, 1);

INSERT INTO user_words (practice_id, word, user_id) VALUES ('prc_maui', 'eve', 'usr_eve'), ('prc_maui', 'ngāta', 'usr_eve');

INSERT INTO removed_authenticators (id) VALUES ('aut_gone');

INSERT INTO clients (id, name, kind, auth_method, secrets, redirect_uris, post_logout_redirect_uris, backchannel_logout_uri, initiate_login_uri, scopes, refresh_tokens, pkce_optional, id_token_alg, reference_tokens, practice_id, profile, session_lifetime, session_idle_timeout, sign_on_group, mfa_required_from, access, brings, owner, purpose, review_at, public_keys, last_used_at, disabled, created_at, updated_at, version) VALUES
    ('bgl', 'BGL', 'machine', 'private_key_jwt', '[{"id":"sec_one","hash":"ee","created_at":"2026-01-02T03:04:05Z"}]', '[]', '[]', '', '', '["documents"]', FALSE, FALSE, 'ES256', FALSE, 'prc_maui', 'default', 0, 0, '', NULL, 'staff', '["support"]', 'Eve', 'Files the returns', '2026-09-01T00:00:00.000000Z', '{"keys":[]}', '2026-02-02T03:00:00.000000Z', FALSE, '2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05.000000Z', 1);

-- The subject is usr_eve.
INSERT INTO guards (subject_hash, proof, failures, locks, locked, locked_until, updated_at, user_id) VALUES
    ('a7469a782b2c3f7c47cdbd94d67f781ce8c69fed1b69b5151c8f3ac311fcc9ce', 'pin', 0, 1, TRUE, NULL, '2026-02-02T03:04:05.000000Z', 'usr_eve');

INSERT INTO links (hash, purpose, practice_id, user_id, created_by_kind, created_by_id, created_at, expires_at, used_at, revoked_at) VALUES
    ('l1', 'invite', 'prc_maui', 'usr_eve', 'user', 'usr_ada', '2026-01-02T03:04:05.000000Z', '2026-01-09T03:04:05.000000Z', NULL, '2026-01-03T03:04:05.000000Z'),
    ('l2', 'invite', 'prc_maui', 'usr_eve', 'user', 'usr_ada', '2026-01-03T03:04:05.000000Z', '2026-01-10T03:04:05.000000Z', '2026-01-04T03:04:05.000000Z', NULL);

INSERT INTO activations (id, practice_id, requested_by, requested_at, note, state, answered_by_kind, answered_by_id, answered_at, answer, version) VALUES
    ('act_one', 'prc_maui', 'usr_eve', '2026-01-02T03:04:05.000000Z', 'Please', 'declined', 'staff', 'usr_bob', '2026-01-03T03:04:05.000000Z', 'Not yet', 2);

INSERT INTO support_cases (id, practice_id, user_id, action, reason, state, opened_by, opened_at, checks, code_hash, code_to, code_until, code_misses, decided_by, decided_at, decision, act_until, done_by, done_at, version) VALUES
    ('cas_one', 'prc_maui', 'usr_eve', 'reset_mfa', 'Lost the phone', 'approved', 'usr_bob', '2026-02-02T03:04:05.000000Z', '[{"name":"call_back","result":"passed","how":"Rang the number on file","by":"usr_bob","at":"2026-02-02T03:14:05Z"}]', '$argon2id$code', 'usr_eve', '2026-02-02T03:34:05.000000Z', 1, 'usr_cay', '2026-02-02T03:24:05.000000Z', 'Fine', '2026-02-02T04:24:05.000000Z', '', NULL, 3);

INSERT INTO reminders (key, sent_at) VALUES ('mfa/usr_eve/2026-12-31/30', '2026-12-01T03:04:05.000000Z');

INSERT INTO log_leaves (idx, event_id, hash, root) VALUES
    (0, 'evt_1', CAST('hash-of-32-bytes----------------' AS BLOB), CAST('root-of-32-bytes----------------' AS BLOB));

INSERT INTO log_checkpoints (size, note, frontier, created_at) VALUES
    (1, 'signed', CAST('frontier' AS BLOB), '2026-02-02T03:04:05.000000Z');

INSERT INTO log_keys (name, private, created_at) VALUES
    ('checkpoints', CAST('log_keys/private/checkpoints|PRIVATE+KEY' AS BLOB), '2026-02-02T03:04:05.000000Z');

-- What a name stands for is spent: the hash of "token jti-1", as package idp makes it.
INSERT INTO spent (hash, expires_at) VALUES
    ('7af005ec751a0c0e73da90483cab642f4a72b4566a5125053d8343e347dba197', '2026-02-02T04:04:05.000000Z');

INSERT INTO copies (name, version) VALUES
    ('clients', 12);

UPDATE users SET username_changed_at = '2026-02-02T03:04:05.000000Z', username_changed_by = '[{"kind":"user","id":"usr_ada"}]' WHERE id = 'usr_bob';

INSERT INTO links (hash, purpose, practice_id, user_id, created_by_kind, created_by_id, created_at, expires_at) VALUES
    ('hash-confirm', 'confirm', 'prc_aps', 'usr_bob', 'user', 'usr_ada', '2026-02-02T03:04:05.000000Z', '2026-02-05T03:04:05.000000Z');

UPDATE clients SET pkce_required = TRUE WHERE kind = 'web' AND NOT pkce_optional;

INSERT INTO clients (id, name, kind, auth_method, secrets, redirect_uris, post_logout_redirect_uris, initiate_login_uri, scopes, refresh_tokens, pkce_optional, pkce_required, id_token_alg, reference_tokens, userinfo_only, token_endpoint_audience, allowed_origins, identifier, profile, session_lifetime, session_idle_timeout, refresh_grace, no_pkce_at, disabled, created_at, updated_at, version) VALUES
    ('board', 'Board', 'browser', 'none', '[]', '["https://board.example/back"]', '[]', '', '["openid"]', FALSE, FALSE, FALSE, 'RS256', FALSE, TRUE, FALSE, '["https://board.example"]', '', 'default', 0, 0, 30000000, NULL, FALSE, '2026-02-02T03:04:05.000000Z', '2026-02-02T03:04:05.000000Z', 1),
    ('rota-api', 'Rota', 'api', 'client_secret', '[{"hash":"ee"}]', '[]', '[]', '', '["rota.read"]', FALSE, TRUE, FALSE, 'RS256', FALSE, FALSE, TRUE, '[]', 'https://rota.example/api', 'default', 0, 0, -1000000, '2026-02-02T03:04:05.000000Z', FALSE, '2026-02-02T03:04:05.000000Z', '2026-02-02T03:04:05.000000Z', 1);

INSERT INTO refresh_tokens (hash, sid, client_id, user_id, scopes, resources, claims, auth_time, created_at, expires_at, used_at) VALUES
    ('r_for_api', 'ses_live', 'timesheets', 'usr_ada', '["openid"]', '["https://rota.example/api"]', '{"userinfo":{"name":null}}', '2026-02-02T03:04:05.000000Z', '2026-02-02T03:04:05.000000Z', '2026-02-03T03:04:05.000000Z', NULL);

INSERT INTO installation (name, value, changed_at) VALUES
    ('issuer', 'https://id.example', '2026-02-02T03:04:05.000000Z');

INSERT INTO refresh_tokens (hash, sid, client_id, user_id, scopes, auth_time, created_at, expires_at, generation) VALUES
    ('r_counted', 'ses_live', 'timesheets', 'usr_ada', '["openid"]', '2026-02-02T03:04:05.000000Z', '2026-02-02T03:04:05.000000Z', '2026-02-03T03:04:05.000000Z', 7);

INSERT INTO removed_authenticators (id, removed_at) VALUES ('aut_gone_too', '2026-02-02T03:04:05.000000Z');

INSERT INTO log_archives (size, since, note, frontier, created_at) VALUES
    (1, 0, 'signed', CAST('frontier' AS BLOB), '2026-02-02T03:04:05.000000Z');

INSERT INTO clients (id, name, kind, auth_method, secrets, redirect_uris, post_logout_redirect_uris, initiate_login_uri, scopes, refresh_tokens, pkce_optional, pkce_required, id_token_alg, reference_tokens, userinfo_only, token_endpoint_audience, allowed_origins, identifier, profile, session_lifetime, session_idle_timeout, refresh_grace, accent, logo, disabled, created_at, updated_at, version) VALUES
    ('painted', 'Painted', 'web', 'client_secret', '[{"hash":"ff"}]', '["https://painted.example/back"]', '[]', '', '["openid"]', FALSE, FALSE, FALSE, 'RS256', FALSE, FALSE, FALSE, '[]', '', 'default', 0, 0, 0, '#0b5761', CAST('logo' AS BLOB), FALSE, '2026-02-02T03:04:05.000000Z', '2026-02-02T03:04:05.000000Z', 1);

INSERT INTO users (id, practice_id, username, name, folded, folded_of, state, roles, password_hash, created_at, updated_at, version) VALUES
    ('usr_zoe', 'prc_maui', 'zoe@maui.example', 'Zoë O’Brien', 'zoe obrien' || char(10) || 'zoe@maui.example', 'Zoë O’Brien <zoe@maui.example>', 'active', '[]', '', '2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05.000000Z', 1),
    ('usr_late', 'prc_maui', 'late@maui.example', 'Bjørn Late', '', '', 'active', '[]', '', '2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05.000000Z', 1);

INSERT INTO authenticators (id, practice_id, user_id, kind, label, totp_key, phone, last_step, created_at, last_used_at, default_at) VALUES
    ('aut_first', 'prc_aps', 'usr_bob', 'sms', '', NULL, CAST('authenticators/phone/aut_first|+61491570157' AS BLOB), 0, '2026-01-03T03:04:05.000000Z', NULL, '2026-02-02T03:04:05.000000Z');

INSERT INTO events (id, at, type, actor_kind, actor_id, practice_id, user_id, client_id, sid, result, reason, address, user_agent, details) VALUES
    ('evt_2', '2026-02-02T03:04:05.000000Z', 'signin.succeeded', 'user', 'usr_ada', 'prc_none', 'usr_ada', 'timesheets', 'ses_live', 'success', '', '203.0.113.7', 'Mozilla/5.0', '{}');

INSERT INTO user_handles (user_id, practice_id, handle, created_at) VALUES
    ('usr_bob', 'prc_aps', 'SGFuZGxlSGFuZGxlSGFuZGxlSGFuZGxlSGFuZGxlSGFuZGxlSGFuZGxlSGFuZGxlSGFuZGxlSGFuZGxlSGFuZA', '2026-01-04T03:04:05.000000Z');

INSERT INTO users (id, practice_id, username, name, state, roles, password_hash, created_at, updated_at, version) VALUES
    ('usr_kay', 'prc_aps', 'kay@aps.example', 'Kay', 'active', '[]', '$argon2id$kay', '2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05.000000Z', 1);

INSERT INTO authenticators (id, practice_id, user_id, kind, label, last_step, created_at, credential_id, public_key, sign_count, backup_eligible, backed_up, model, transports, regressed_at) VALUES
    ('aut_key', 'prc_aps', 'usr_kay', 'passkey', 'Laptop', 0, '2026-01-04T03:04:05.000000Z', 'Y3JlZGVudGlhbA', CAST('authenticators/public_key/aut_key|COSE' AS BLOB), 4294967295, TRUE, TRUE, '08987058-cadc-4b81-b6e1-30de50dcbe96', '["internal"]', '2026-02-02T03:04:05.000000Z');

INSERT INTO practices (id, name, kind, state, region, time_zone, mfa, mfa_required_from, phone, phishing_resistance_from, phishing_resistance_administrators_from, passkey_models, apps, created_at, updated_at, version) VALUES
    ('prc_kauri', 'Kauri Lane', 'customer', 'active', 'NZ', 'Pacific/Auckland', 'active', NULL, '', '2027-01-31T11:00:00.000000Z', '2026-12-31T11:00:00.000000Z', '["08987058-cadc-4b81-b6e1-30de50dcbe96"]', '[]', '2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05.000000Z', 1);

UPDATE clients SET phishing_resistance_from = '2026-12-31T11:00:00.000000Z' WHERE id = 'painted';

INSERT INTO links (hash, purpose, practice_id, user_id, created_by_kind, created_by_id, created_at, expires_at, used_at, revoked_at) VALUES
    ('enrol', 'enrolment', 'prc_harbour', 'usr_ada', 'user', 'usr_bob', '2026-02-02T03:04:05.000000Z', '2026-02-02T03:14:05.000000Z', NULL, NULL);

INSERT INTO support_cases (id, practice_id, user_id, action, reason, state, opened_by, opened_at, checks, code_hash, code_to, code_misses, decided_by, decision, done_by, version) VALUES
    ('cas_enrol', 'prc_harbour', 'usr_ada', 'enrolment_code', 'New laptop', 'open', 'usr_bob', '2026-02-02T03:04:05.000000Z', '[]', '', '', 0, '', '', '', 1);

INSERT INTO refresh_tokens (hash, sid, client_id, user_id, scopes, auth_time, created_at, expires_at, generation, jkt) VALUES
    ('bound', 'ses_live', 'timesheets', 'usr_ada', '["offline_access","openid"]', '2026-02-02T03:04:05.000000Z', '2026-02-02T03:04:05.000000Z', '2026-02-03T03:04:05.000000Z', 3, '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I');

UPDATE clients SET push_required = TRUE, security_profile = 'fapi2' WHERE id = 'painted';

UPDATE clients SET auth_method = 'tls_client_auth', certificate_subject = 'dn:CN=painted,O=Harbour', certificate_bound = TRUE, jwks_uri = 'https://painted.example/keys' WHERE id = 'painted';

UPDATE clients SET fapi2_from = '2027-03-30T13:00:00.000000Z' WHERE id = 'painted';
