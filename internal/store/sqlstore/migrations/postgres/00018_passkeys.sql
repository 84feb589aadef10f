-- +goose NO TRANSACTION
-- +goose Up

-- Passkeys, beside the other authenticators. Additive, with defaults for the nodes of the version before, and every statement can be run
-- again. A node of the version before asks no one for a passkey, and lets no one in without it who has nothing else.
ALTER TABLE authenticators
    ADD COLUMN IF NOT EXISTS credential_id text COLLATE "C" CHECK (length(credential_id) BETWEEN 1 AND 1364), -- 1,023 bytes in base64url
    ADD COLUMN IF NOT EXISTS public_key bytea, -- sealed
    ADD COLUMN IF NOT EXISTS sign_count bigint NOT NULL DEFAULT 0 CHECK (sign_count BETWEEN 0 AND 4294967295),
    ADD COLUMN IF NOT EXISTS backup_eligible boolean NOT NULL DEFAULT FALSE,
    ADD COLUMN IF NOT EXISTS backed_up boolean NOT NULL DEFAULT FALSE,
    ADD COLUMN IF NOT EXISTS model text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(model) <= 36),
    ADD COLUMN IF NOT EXISTS transports text COLLATE "C" NOT NULL DEFAULT '[]' CHECK (length(transports) <= 400),
    ADD COLUMN IF NOT EXISTS regressed_at timestamptz;
-- The rows are looked at afterwards, under a lock that lets everybody go on.
ALTER TABLE authenticators
    DROP CONSTRAINT IF EXISTS authenticators_kind_check,
    ADD CONSTRAINT authenticators_kind_check CHECK (kind IN ('totp', 'sms', 'passkey')) NOT VALID,
    DROP CONSTRAINT IF EXISTS authenticators_passkey_check,
    ADD CONSTRAINT authenticators_passkey_check
        CHECK ((kind = 'passkey') = (credential_id IS NOT NULL) AND (kind = 'passkey') = (public_key IS NOT NULL)) NOT VALID;
ALTER TABLE authenticators VALIDATE CONSTRAINT authenticators_kind_check;
ALTER TABLE authenticators VALIDATE CONSTRAINT authenticators_passkey_check;
-- One passkey is never that of two people, in any practice.
DROP INDEX CONCURRENTLY IF EXISTS authenticators_by_credential;
CREATE UNIQUE INDEX CONCURRENTLY authenticators_by_credential ON authenticators (credential_id) WHERE credential_id IS NOT NULL;

-- How passkeys name their person. It outlives them.
CREATE TABLE IF NOT EXISTS user_handles (
    user_id     text COLLATE "C" PRIMARY KEY,
    practice_id text COLLATE "C" NOT NULL,
    handle      text COLLATE "C" NOT NULL UNIQUE CHECK (length(handle) = 86), -- 64 bytes in base64url
    created_at  timestamptz NOT NULL,
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id)
);

-- +goose Down

-- The version before can't check passkeys. A person who has nothing else is disabled, until an administrator has made sure who they are:
-- with the password alone they could set up something new.
UPDATE users SET state = 'disabled', version = version + 1
    WHERE state = 'active' AND id IN (SELECT user_id FROM authenticators GROUP BY user_id HAVING min(kind) = 'passkey' AND max(kind) = 'passkey');
DELETE FROM authenticators WHERE kind = 'passkey';
DROP TABLE user_handles;
DROP INDEX authenticators_by_credential;
ALTER TABLE authenticators
    DROP CONSTRAINT authenticators_passkey_check,
    DROP CONSTRAINT authenticators_kind_check,
    ADD CONSTRAINT authenticators_kind_check CHECK (kind IN ('totp', 'sms'));
ALTER TABLE authenticators DROP COLUMN regressed_at, DROP COLUMN transports, DROP COLUMN model, DROP COLUMN backed_up,
    DROP COLUMN backup_eligible, DROP COLUMN sign_count, DROP COLUMN public_key, DROP COLUMN credential_id;
