-- +goose NO TRANSACTION
-- +goose Up

-- The events that have no leaf yet, so that giving them leaves costs what is new, and not what is there. Triggers keep the list, in the
-- transactions that write events and leaves: nodes of the version before go on beside this one, and know nothing of it. Every statement
-- can be run again.
CREATE TABLE IF NOT EXISTS unsealed_events (
    id text COLLATE "C" PRIMARY KEY
);

-- The functions run with the rights of the owner of the tables, so that no node has to be granted anything first.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION events_await_leaf() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO unsealed_events (id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION events_have_leaf() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    DELETE FROM unsealed_events WHERE id = NEW.event_id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- An event leaves the list by its leaf, and in no other way: the role of a node may delete rows.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION unsealed_events_stay() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM log_leaves WHERE event_id = OLD.id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'an event without a leaf waits until it has one';
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['events_await_leaf', 'events_have_leaf', 'unsealed_events_stay'] LOOP
        -- Temporary tables come last: a caller could have one of the same name.
        EXECUTE format('ALTER FUNCTION %I() SET search_path = %I, pg_temp', name, current_schema());
        EXECUTE format('REVOKE ALL ON FUNCTION %I() FROM PUBLIC', name);
    END LOOP;
    -- A plan that was made while the list was short must not read through a long one.
    ALTER FUNCTION events_have_leaf() SET enable_seqscan = off;
    DROP TRIGGER IF EXISTS unsealed_events_stay ON unsealed_events;
    CREATE TRIGGER unsealed_events_stay BEFORE UPDATE OR DELETE ON unsealed_events FOR EACH ROW EXECUTE FUNCTION unsealed_events_stay();
    DROP TRIGGER IF EXISTS events_have_leaf ON log_leaves;
    CREATE TRIGGER events_have_leaf AFTER INSERT ON log_leaves FOR EACH ROW EXECUTE FUNCTION events_have_leaf();
    DROP TRIGGER IF EXISTS events_await_leaf ON events;
    CREATE TRIGGER events_await_leaf AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION events_await_leaf();
END $$;
-- +goose StatementEnd
-- The events of before. No leaf is given meanwhile, and events are written as always: those have their rows by the trigger.
-- +goose StatementBegin
DO $$
BEGIN
    LOCK TABLE log_leaves IN SHARE MODE;
    INSERT INTO unsealed_events (id)
        SELECT id FROM events WHERE NOT EXISTS (SELECT FROM log_leaves WHERE event_id = events.id) ON CONFLICT DO NOTHING;
END $$;
-- +goose StatementEnd

-- What rounds look for among a hundred thousand integrations: the apps, and what people are reminded of.
DROP INDEX CONCURRENTLY IF EXISTS clients_by_kind;
CREATE INDEX CONCURRENTLY clients_by_kind ON clients (kind, id);
DROP INDEX CONCURRENTLY IF EXISTS clients_dated;
CREATE INDEX CONCURRENTLY clients_dated ON clients (name, id) WHERE review_at IS NOT NULL OR secrets LIKE '%"expires_at"%';

-- +goose Down

DROP INDEX clients_dated;
DROP INDEX clients_by_kind;
DROP TRIGGER events_await_leaf ON events;
DROP TRIGGER events_have_leaf ON log_leaves;
DROP TABLE unsealed_events;
DROP FUNCTION events_await_leaf;
DROP FUNCTION events_have_leaf;
DROP FUNCTION unsealed_events_stay;
