-- +goose Up

-- The tree over the audit trail: see package auditlog. Nodes of the version before go on writing events; they get their leaves
-- from nodes of this one.
CREATE TABLE log_leaves (
    idx      bigint PRIMARY KEY CHECK (idx >= 0),
    event_id text COLLATE "C" NOT NULL UNIQUE,
    hash     bytea NOT NULL,
    root     bytea NOT NULL
);
CREATE TABLE log_checkpoints (
    size       bigint PRIMARY KEY CHECK (size > 0),
    note       text NOT NULL, -- signed
    frontier   bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE log_keys (
    name       text COLLATE "C" PRIMARY KEY,
    private    bytea NOT NULL, -- sealed
    created_at timestamptz NOT NULL
);

-- Events are only ever added. A migration that has to work on old ones drops the trigger and puts it back; whoever else does is
-- found by "apsid audit verify".
-- +goose StatementBegin
CREATE FUNCTION events_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is only ever added to';
END $$;
-- +goose StatementEnd
CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION events_stay();

-- +goose Down

DROP TRIGGER events_stay ON events;
DROP FUNCTION events_stay;
DROP TABLE log_keys;
DROP TABLE log_checkpoints;
DROP TABLE log_leaves;
