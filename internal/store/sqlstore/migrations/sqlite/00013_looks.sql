-- +goose Up

-- What an app looks like: its colour and its logo.
ALTER TABLE clients ADD COLUMN accent text NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN logo blob;

-- +goose Down

ALTER TABLE clients DROP COLUMN logo;
ALTER TABLE clients DROP COLUMN accent;
