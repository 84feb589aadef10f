-- +goose NO TRANSACTION
-- +goose Up

-- A rotation deletes the tokens of its session that were used long ago, and must not look at those that were used a moment ago: an app
-- that refreshes in a loop has thousands of them. Every statement can be run again.
DROP INDEX CONCURRENTLY IF EXISTS refresh_tokens_by_use;
CREATE INDEX CONCURRENTLY refresh_tokens_by_use ON refresh_tokens (sid, used_at);
DROP INDEX CONCURRENTLY IF EXISTS refresh_tokens_by_session;

-- +goose Down

CREATE INDEX CONCURRENTLY IF NOT EXISTS refresh_tokens_by_session ON refresh_tokens (sid);
DROP INDEX refresh_tokens_by_use;
