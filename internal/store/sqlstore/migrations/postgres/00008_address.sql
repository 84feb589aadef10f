-- +goose Up

-- Who changed a person's user name since the person last signed in, and when it was changed last: until the person has signed in with
-- it, or three days have passed, none of them may mail a password link there or reset MFA. A release that does not know the columns
-- leaves them as they are.
ALTER TABLE users
    ADD COLUMN IF NOT EXISTS username_changed_at timestamptz,
    ADD COLUMN IF NOT EXISTS username_changed_by text COLLATE "C" NOT NULL DEFAULT '[]';

-- +goose Down

ALTER TABLE users DROP COLUMN username_changed_by, DROP COLUMN username_changed_at;
