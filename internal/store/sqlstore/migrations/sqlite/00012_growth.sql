-- +goose Up

-- What lets rows leave that are needed no more. A refresh token of the version before has no generation, and stays until its session
-- ends.
ALTER TABLE refresh_tokens ADD COLUMN generation integer NOT NULL DEFAULT 0;
CREATE TABLE removed_authenticators_12 (
    id         text PRIMARY KEY,
    removed_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
);
INSERT INTO removed_authenticators_12 (id) SELECT id FROM removed_authenticators;
DROP TABLE removed_authenticators;
ALTER TABLE removed_authenticators_12 RENAME TO removed_authenticators;
CREATE INDEX removed_authenticators_by_time ON removed_authenticators (removed_at);
CREATE INDEX activations_answered ON activations (answered_at) WHERE state <> 'open';

-- The first events of the trail leave when they stand in an archive, which the log's key has signed: see package auditlog.
CREATE TABLE log_archives (
    size       integer PRIMARY KEY CHECK (size > since), -- up to this leaf, without it
    since      integer NOT NULL UNIQUE CHECK (since >= 0),
    note       text NOT NULL, -- signed
    frontier   blob NOT NULL,
    created_at text NOT NULL
);
DROP TRIGGER events_are_not_removed;
-- +goose StatementBegin
CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events
WHEN NOT EXISTS (SELECT 1 FROM log_leaves WHERE event_id = OLD.id AND idx < (SELECT max(size) FROM log_archives))
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is only ever added to, and this event is in no archive');
END;
-- +goose StatementEnd

-- +goose Down

DROP TRIGGER events_are_not_removed;
-- +goose StatementBegin
CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is only ever added to');
END;
-- +goose StatementEnd
DROP TABLE log_archives;
DROP INDEX activations_answered;
CREATE TABLE removed_authenticators_11 (
    id text PRIMARY KEY
);
INSERT INTO removed_authenticators_11 (id) SELECT id FROM removed_authenticators;
DROP TABLE removed_authenticators;
ALTER TABLE removed_authenticators_11 RENAME TO removed_authenticators;
ALTER TABLE refresh_tokens DROP COLUMN generation;
