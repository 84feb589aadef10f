-- +goose Up

-- Passkeys, beside the other authenticators. SQLite changes a rule of a column only with its table, as in step 3.
CREATE TABLE new_authenticators (
    id              text PRIMARY KEY,
    practice_id     text NOT NULL,
    user_id         text NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('totp', 'sms', 'passkey')),
    label           text NOT NULL,
    totp_key        blob, -- sealed
    phone           blob, -- sealed
    last_step       integer NOT NULL,
    credential_id   text CHECK (length(credential_id) BETWEEN 1 AND 1364), -- 1,023 bytes in base64url
    public_key      blob, -- sealed
    sign_count      integer NOT NULL DEFAULT 0 CHECK (sign_count BETWEEN 0 AND 4294967295),
    backup_eligible boolean NOT NULL DEFAULT FALSE,
    backed_up       boolean NOT NULL DEFAULT FALSE,
    model           text NOT NULL DEFAULT '' CHECK (length(model) <= 36),
    transports      text NOT NULL DEFAULT '[]' CHECK (length(transports) <= 400),
    regressed_at    text,
    created_at      text NOT NULL,
    last_used_at    text,
    default_at      text,
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id),
    CHECK ((kind = 'totp') = (totp_key IS NOT NULL)),
    CHECK ((kind = 'sms') = (phone IS NOT NULL)),
    CHECK ((kind = 'passkey') = (credential_id IS NOT NULL) AND (kind = 'passkey') = (public_key IS NOT NULL))
);
INSERT INTO new_authenticators (id, practice_id, user_id, kind, label, totp_key, phone, last_step, created_at, last_used_at, default_at)
    SELECT id, practice_id, user_id, kind, label, totp_key, phone, last_step, created_at, last_used_at, default_at FROM authenticators;
DROP TABLE authenticators;
ALTER TABLE new_authenticators RENAME TO authenticators;
CREATE INDEX authenticators_by_user ON authenticators (user_id, created_at);
CREATE INDEX authenticators_by_practice ON authenticators (practice_id, user_id, kind);
-- One passkey is never that of two people, in any practice.
CREATE UNIQUE INDEX authenticators_by_credential ON authenticators (credential_id) WHERE credential_id IS NOT NULL;
CREATE TABLE broken_keys (n integer CHECK (n = 0));
INSERT INTO broken_keys SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE broken_keys;

-- How passkeys name their person. It outlives them.
CREATE TABLE user_handles (
    user_id     text PRIMARY KEY,
    practice_id text NOT NULL,
    handle      text NOT NULL UNIQUE CHECK (length(handle) = 86), -- 64 bytes in base64url
    created_at  text NOT NULL,
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id)
);

-- +goose Down

-- The version before can't check passkeys. A person who has nothing else is disabled, until an administrator has made sure who they are:
-- with the password alone they could set up something new.
UPDATE users SET state = 'disabled', version = version + 1
    WHERE state = 'active' AND id IN (SELECT user_id FROM authenticators GROUP BY user_id HAVING min(kind) = 'passkey' AND max(kind) = 'passkey');
DELETE FROM authenticators WHERE kind = 'passkey';
DROP TABLE user_handles;
CREATE TABLE old_authenticators (
    id           text PRIMARY KEY,
    practice_id  text NOT NULL,
    user_id      text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('totp', 'sms')),
    label        text NOT NULL,
    totp_key     blob, -- sealed
    phone        blob, -- sealed
    last_step    integer NOT NULL,
    created_at   text NOT NULL,
    last_used_at text,
    default_at   text,
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id),
    CHECK ((kind = 'totp') = (totp_key IS NOT NULL)),
    CHECK ((kind = 'sms') = (phone IS NOT NULL))
);
INSERT INTO old_authenticators (id, practice_id, user_id, kind, label, totp_key, phone, last_step, created_at, last_used_at, default_at)
    SELECT id, practice_id, user_id, kind, label, totp_key, phone, last_step, created_at, last_used_at, default_at FROM authenticators;
DROP TABLE authenticators;
ALTER TABLE old_authenticators RENAME TO authenticators;
CREATE INDEX authenticators_by_user ON authenticators (user_id, created_at);
CREATE INDEX authenticators_by_practice ON authenticators (practice_id, user_id, kind);
