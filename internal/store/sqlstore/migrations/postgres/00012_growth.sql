-- +goose Up

-- What lets rows leave that are needed no more. Additive: nodes of the version before go on beside this one. A refresh token of theirs
-- has no generation, and stays until its session ends.
ALTER TABLE refresh_tokens ADD COLUMN IF NOT EXISTS generation bigint NOT NULL DEFAULT 0;
ALTER TABLE removed_authenticators ADD COLUMN IF NOT EXISTS removed_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX IF NOT EXISTS removed_authenticators_by_time ON removed_authenticators (removed_at);
CREATE INDEX IF NOT EXISTS activations_answered ON activations (answered_at) WHERE state <> 'open';

-- The first events of the trail leave when they stand in an archive, which the log's key has signed: see package auditlog.
CREATE TABLE IF NOT EXISTS log_archives (
    size       bigint PRIMARY KEY CHECK (size > since), -- up to this leaf, without it
    since      bigint NOT NULL UNIQUE CHECK (since >= 0),
    note       text NOT NULL, -- signed
    frontier   bytea NOT NULL,
    created_at timestamptz NOT NULL
);
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION events_leave() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM log_leaves WHERE event_id = OLD.id AND idx < (SELECT max(size) FROM log_archives)) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit trail is only ever added to, and this event is in no archive';
END $$;
-- +goose StatementEnd
DROP TRIGGER IF EXISTS events_leave ON events;
CREATE TRIGGER events_leave BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION events_leave();
DROP TRIGGER IF EXISTS events_stay ON events;
CREATE TRIGGER events_stay BEFORE UPDATE OR TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION events_stay();

-- +goose Down

DROP TRIGGER events_stay ON events;
CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION events_stay();
DROP TRIGGER events_leave ON events;
DROP FUNCTION events_leave;
DROP TABLE log_archives;
DROP INDEX activations_answered;
DROP INDEX removed_authenticators_by_time;
ALTER TABLE removed_authenticators DROP COLUMN removed_at;
ALTER TABLE refresh_tokens DROP COLUMN generation;
