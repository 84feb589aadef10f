-- +goose Up

-- When a person made an authenticator their default; of several, the latest counts. The version before leaves it alone, and
-- asks for the best authenticator first, as it did.
ALTER TABLE authenticators ADD COLUMN default_at text;

-- +goose Down

ALTER TABLE authenticators DROP COLUMN default_at;
