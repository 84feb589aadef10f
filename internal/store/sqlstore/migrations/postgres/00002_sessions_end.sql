-- +goose NO TRANSACTION
-- +goose Up

-- Nodes of the version before go on inserting beside this one: every new column has a default, and NULL stands for what
-- their rows mean. Nothing is rewritten, and indexes are built beside the writes. Each statement can be run again: an index
-- whose building was cut off is left behind, and dropped first.
ALTER TABLE clients
    ADD COLUMN IF NOT EXISTS backchannel_logout_uri text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS sign_on_group text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS last_activity timestamptz, -- NULL: none since created_at
    ADD COLUMN IF NOT EXISTS sign_on text COLLATE "C"; -- NULL: its own id

-- One session of each app rests on one sign-in, however many browsers' requests join it at once.
DROP INDEX CONCURRENTLY IF EXISTS sessions_by_sign_on;
CREATE UNIQUE INDEX CONCURRENTLY sessions_by_sign_on ON sessions (coalesce(sign_on, id), client_id);
DROP INDEX CONCURRENTLY IF EXISTS sessions_open_by_end;
CREATE INDEX CONCURRENTLY sessions_open_by_end ON sessions (expires_at) WHERE ended_at IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS sessions_open_by_proof;
CREATE INDEX CONCURRENTLY sessions_open_by_proof ON sessions (client_id, auth_time) WHERE ended_at IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS sessions_open_by_activity;
CREATE INDEX CONCURRENTLY sessions_open_by_activity ON sessions (client_id, coalesce(last_activity, created_at)) WHERE ended_at IS NULL;

-- +goose Down

DROP INDEX sessions_open_by_activity;
DROP INDEX sessions_open_by_proof;
DROP INDEX sessions_open_by_end;
DROP INDEX sessions_by_sign_on;
ALTER TABLE sessions DROP COLUMN sign_on, DROP COLUMN last_activity;
ALTER TABLE clients DROP COLUMN sign_on_group, DROP COLUMN backchannel_logout_uri;
