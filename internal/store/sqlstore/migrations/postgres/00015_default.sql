-- +goose Up

-- When a person made an authenticator their default; of several, the latest counts. Additive: nodes of the version before go on beside
-- this one, and ask for the best authenticator first, as they did.
ALTER TABLE authenticators ADD COLUMN IF NOT EXISTS default_at timestamptz;

-- +goose Down

ALTER TABLE authenticators DROP COLUMN default_at;
