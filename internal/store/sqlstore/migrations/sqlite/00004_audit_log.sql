-- +goose Up

-- The tree over the audit trail: see package auditlog.
CREATE TABLE log_leaves (
    idx      integer PRIMARY KEY CHECK (idx >= 0),
    event_id text NOT NULL UNIQUE,
    hash     blob NOT NULL,
    root     blob NOT NULL
);
CREATE TABLE log_checkpoints (
    size       integer PRIMARY KEY CHECK (size > 0),
    note       text NOT NULL, -- signed
    frontier   blob NOT NULL,
    created_at text NOT NULL
);
CREATE TABLE log_keys (
    name       text PRIMARY KEY,
    private    blob NOT NULL, -- sealed
    created_at text NOT NULL
);

-- Events are only ever added. A migration that has to work on old ones drops the triggers and puts them back; whoever else does
-- is found by "apsid audit verify".
-- +goose StatementBegin
CREATE TRIGGER events_are_not_altered BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is only ever added to');
END;
-- +goose StatementEnd

-- +goose Down

DROP TRIGGER events_are_not_removed;
DROP TRIGGER events_are_not_altered;
DROP TABLE log_keys;
DROP TABLE log_checkpoints;
DROP TABLE log_leaves;
