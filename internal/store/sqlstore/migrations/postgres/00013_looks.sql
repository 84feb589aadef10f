-- +goose Up

-- What an app looks like: its colour and its logo. Additive: nodes of the version before go on beside this one, and leave both alone.
ALTER TABLE clients ADD COLUMN IF NOT EXISTS accent text NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN IF NOT EXISTS logo bytea;

-- +goose Down

ALTER TABLE clients DROP COLUMN logo;
ALTER TABLE clients DROP COLUMN accent;
