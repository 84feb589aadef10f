-- +goose Up

-- The events that have no leaf yet, so that giving them leaves costs what is new, and not what is there. Triggers keep the list, in the
-- transactions that write events and leaves.
CREATE TABLE unsealed_events (
    id text PRIMARY KEY
);
INSERT INTO unsealed_events (id)
    SELECT id FROM events WHERE NOT EXISTS (SELECT 1 FROM log_leaves WHERE event_id = events.id);
-- +goose StatementBegin
CREATE TRIGGER events_await_leaf AFTER INSERT ON events
BEGIN
    INSERT INTO unsealed_events (id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER events_have_leaf AFTER INSERT ON log_leaves
BEGIN
    DELETE FROM unsealed_events WHERE id = NEW.event_id;
END;
-- +goose StatementEnd
-- An event leaves the list by its leaf, and in no other way.
-- +goose StatementBegin
CREATE TRIGGER unsealed_events_stay BEFORE DELETE ON unsealed_events
WHEN NOT EXISTS (SELECT 1 FROM log_leaves WHERE event_id = OLD.id)
BEGIN
    SELECT RAISE(ABORT, 'an event without a leaf waits until it has one');
END;
-- +goose StatementEnd

-- What rounds look for among a hundred thousand integrations: the apps, and what people are reminded of.
CREATE INDEX clients_by_kind ON clients (kind, id);
CREATE INDEX clients_dated ON clients (name, id) WHERE review_at IS NOT NULL OR secrets LIKE '%"expires_at"%';

-- +goose Down

DROP INDEX clients_dated;
DROP INDEX clients_by_kind;
DROP TRIGGER events_have_leaf;
DROP TRIGGER events_await_leaf;
DROP TABLE unsealed_events;
