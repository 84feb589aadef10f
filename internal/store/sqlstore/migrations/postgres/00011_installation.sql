-- +goose Up

-- What is true of the whole installation, and when a signing key was withdrawn. Additive, and every statement can be run again. A
-- node of the version before goes on to take a key that was withdrawn, as it did: withdraw keys when all nodes are new.
ALTER TABLE signing_keys ADD COLUMN IF NOT EXISTS retired_at timestamptz;

CREATE TABLE IF NOT EXISTS installation (
    name       text COLLATE "C" PRIMARY KEY,
    value      text COLLATE "C" NOT NULL,
    changed_at timestamptz NOT NULL
);

-- +goose Down

DROP TABLE installation;
-- The version before would take a withdrawn key again: it goes.
DELETE FROM signing_keys WHERE retired_at IS NOT NULL;
ALTER TABLE signing_keys DROP COLUMN retired_at;
