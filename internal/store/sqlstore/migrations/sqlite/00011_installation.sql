-- +goose Up

-- What is true of the whole installation, and when a signing key was withdrawn.
ALTER TABLE signing_keys ADD COLUMN retired_at text;

CREATE TABLE installation (
    name       text PRIMARY KEY,
    value      text NOT NULL,
    changed_at text NOT NULL
);

-- +goose Down

DROP TABLE installation;
-- The version before would take a withdrawn key again: it goes.
DELETE FROM signing_keys WHERE retired_at IS NOT NULL;
ALTER TABLE signing_keys DROP COLUMN retired_at;
