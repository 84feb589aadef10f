-- +goose Up

-- Who last changed a person's user name, and when: until the person has signed in with it, or three days have passed, no one hand may
-- mail a password link there and reset MFA. A release that does not know the columns leaves them as they are.
ALTER TABLE users ADD COLUMN username_changed_at text;
ALTER TABLE users ADD COLUMN username_changed_by_kind text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN username_changed_by_id text NOT NULL DEFAULT '';

-- +goose Down

ALTER TABLE users DROP COLUMN username_changed_by_id;
ALTER TABLE users DROP COLUMN username_changed_by_kind;
ALTER TABLE users DROP COLUMN username_changed_at;
