-- +goose Up

-- NULL stands for what the rows of the version before mean, so that nothing is rewritten and that version can go on writing.
ALTER TABLE clients ADD COLUMN backchannel_logout_uri text NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN sign_on_group text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN last_activity text; -- NULL: none since created_at
ALTER TABLE sessions ADD COLUMN sign_on text; -- NULL: its own id

-- One session of each app rests on one sign-in, however many browsers' requests join it at once.
CREATE UNIQUE INDEX sessions_by_sign_on ON sessions (coalesce(sign_on, id), client_id);
CREATE INDEX sessions_open_by_end ON sessions (expires_at) WHERE ended_at IS NULL;
CREATE INDEX sessions_open_by_proof ON sessions (client_id, auth_time) WHERE ended_at IS NULL;
CREATE INDEX sessions_open_by_activity ON sessions (client_id, coalesce(last_activity, created_at)) WHERE ended_at IS NULL;

-- +goose Down

DROP INDEX sessions_open_by_activity;
DROP INDEX sessions_open_by_proof;
DROP INDEX sessions_open_by_end;
DROP INDEX sessions_by_sign_on;
ALTER TABLE sessions DROP COLUMN sign_on;
ALTER TABLE sessions DROP COLUMN last_activity;
ALTER TABLE clients DROP COLUMN sign_on_group;
ALTER TABLE clients DROP COLUMN backchannel_logout_uri;
