-- +goose NO TRANSACTION
-- +goose Up

-- As the step before: additive, with defaults for the nodes of the version before, and every statement can be run again.
ALTER TABLE practices
    ADD COLUMN IF NOT EXISTS phone text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(phone) <= 100),
    ADD COLUMN IF NOT EXISTS mfa_required_from timestamptz;
ALTER TABLE users
    ADD COLUMN IF NOT EXISTS blocked_apps text COLLATE "C" NOT NULL DEFAULT '[]',
    ADD COLUMN IF NOT EXISTS email_verified_at timestamptz,
    -- The name that user_words was written for. Where it differs, a node of the version before wrote the row.
    ADD COLUMN IF NOT EXISTS words_of text COLLATE "C";
ALTER TABLE clients
    ADD COLUMN IF NOT EXISTS access text COLLATE "C" NOT NULL DEFAULT '' CHECK (access IN ('', 'everyone', 'managers', 'staff')),
    ADD COLUMN IF NOT EXISTS brings text COLLATE "C" NOT NULL DEFAULT '[]',
    ADD COLUMN IF NOT EXISTS owner text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(owner) <= 400),
    ADD COLUMN IF NOT EXISTS purpose text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(purpose) <= 2000),
    ADD COLUMN IF NOT EXISTS review_at timestamptz,
    ADD COLUMN IF NOT EXISTS public_keys text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS last_used_at timestamptz;
-- One more way to authenticate. The rows are looked at afterwards, under a lock that lets everybody go on.
ALTER TABLE clients
    DROP CONSTRAINT IF EXISTS clients_auth_method_check,
    ADD CONSTRAINT clients_auth_method_check
        CHECK (auth_method IN ('client_secret_basic', 'client_secret_post', 'none', 'private_key_jwt')) NOT VALID;
ALTER TABLE clients VALIDATE CONSTRAINT clients_auth_method_check;
-- Whose counter it is: NULL if a node of the version before wrote it and nobody has looked since, '' for nobody's.
ALTER TABLE guards ADD COLUMN IF NOT EXISTS user_id text COLLATE "C";

CREATE TABLE IF NOT EXISTS links (
    hash            text COLLATE "C" PRIMARY KEY,
    purpose         text COLLATE "C" NOT NULL CHECK (purpose IN ('invite', 'password_reset', 'unlock', 'not_me')),
    practice_id     text COLLATE "C" NOT NULL,
    user_id         text COLLATE "C" NOT NULL,
    created_by_kind text COLLATE "C" NOT NULL,
    created_by_id   text COLLATE "C" NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    used_at         timestamptz,
    revoked_at      timestamptz,
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id)
);
CREATE INDEX IF NOT EXISTS links_by_user ON links (practice_id, user_id, purpose, created_at);
CREATE INDEX IF NOT EXISTS links_by_end ON links (expires_at);

CREATE TABLE IF NOT EXISTS activations (
    id               text COLLATE "C" PRIMARY KEY,
    practice_id      text COLLATE "C" NOT NULL REFERENCES practices (id),
    requested_by     text COLLATE "C" NOT NULL,
    requested_at     timestamptz NOT NULL,
    note             text COLLATE "C" NOT NULL CHECK (length(note) <= 1000),
    state            text COLLATE "C" NOT NULL CHECK (state IN ('open', 'activated', 'declined', 'withdrawn')),
    answered_by_kind text COLLATE "C" NOT NULL,
    answered_by_id   text COLLATE "C" NOT NULL,
    answered_at      timestamptz,
    answer           text COLLATE "C" NOT NULL CHECK (length(answer) <= 1000),
    version          bigint NOT NULL CHECK (version > 0)
);
-- However many administrators ask at once, one request is open.
CREATE UNIQUE INDEX IF NOT EXISTS activations_open ON activations (practice_id) WHERE state = 'open';
CREATE INDEX IF NOT EXISTS activations_by_practice ON activations (practice_id, requested_at, id);
CREATE INDEX IF NOT EXISTS activations_by_state ON activations (state, requested_at, id);

CREATE TABLE IF NOT EXISTS support_cases (
    id          text COLLATE "C" PRIMARY KEY,
    practice_id text COLLATE "C" NOT NULL,
    user_id     text COLLATE "C" NOT NULL,
    action      text COLLATE "C" NOT NULL CHECK (action IN ('reset_mfa', 'grant_user_management', 'enable_user')),
    reason      text COLLATE "C" NOT NULL CHECK (length(reason) <= 1000),
    state       text COLLATE "C" NOT NULL CHECK (state IN ('open', 'submitted', 'approved', 'refused', 'closed', 'done', 'expired')),
    opened_by   text COLLATE "C" NOT NULL,
    opened_at   timestamptz NOT NULL,
    checks      text COLLATE "C" NOT NULL,
    code_hash   text COLLATE "C" NOT NULL, -- hashed like a recovery PIN
    code_to     text COLLATE "C" NOT NULL,
    code_until  timestamptz,
    code_misses bigint NOT NULL CHECK (code_misses >= 0),
    decided_by  text COLLATE "C" NOT NULL,
    decided_at  timestamptz,
    decision    text COLLATE "C" NOT NULL CHECK (length(decision) <= 1000),
    act_until   timestamptz,
    done_by     text COLLATE "C" NOT NULL,
    done_at     timestamptz,
    version     bigint NOT NULL CHECK (version > 0),
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id)
);
CREATE INDEX IF NOT EXISTS support_cases_by_time ON support_cases (opened_at, id);
CREATE INDEX IF NOT EXISTS support_cases_by_practice ON support_cases (practice_id, opened_at, id);
CREATE INDEX IF NOT EXISTS support_cases_by_state ON support_cases (state, opened_at, id);

CREATE TABLE IF NOT EXISTS reminders (
    key     text COLLATE "C" PRIMARY KEY,
    sent_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS reminders_by_time ON reminders (sent_at);

-- The words of people's names, lower-cased: what a search looks through.
CREATE TABLE IF NOT EXISTS user_words (
    practice_id text COLLATE "C" NOT NULL,
    word        text COLLATE "C" NOT NULL,
    user_id     text COLLATE "C" NOT NULL,
    PRIMARY KEY (practice_id, word, user_id),
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id)
);
CREATE INDEX IF NOT EXISTS user_words_by_user ON user_words (user_id, word);

-- Authenticators that were removed: a step of a sign-in that is repeated must not bring one back.
CREATE TABLE IF NOT EXISTS removed_authenticators (
    id text COLLATE "C" PRIMARY KEY
);

DROP INDEX CONCURRENTLY IF EXISTS users_without_words;
CREATE INDEX CONCURRENTLY users_without_words ON users (id) WHERE words_of IS DISTINCT FROM name;
DROP INDEX CONCURRENTLY IF EXISTS users_by_role;
CREATE INDEX CONCURRENTLY users_by_role ON users (practice_id, username) WHERE roles <> '[]';
DROP INDEX CONCURRENTLY IF EXISTS authenticators_by_practice;
CREATE INDEX CONCURRENTLY authenticators_by_practice ON authenticators (practice_id, user_id, kind);
DROP INDEX CONCURRENTLY IF EXISTS clients_by_name;
CREATE INDEX CONCURRENTLY clients_by_name ON clients (name, id);
DROP INDEX CONCURRENTLY IF EXISTS guards_locked;
CREATE INDEX CONCURRENTLY guards_locked ON guards (user_id) WHERE locked;
DROP INDEX CONCURRENTLY IF EXISTS guards_unknown;
CREATE INDEX CONCURRENTLY guards_unknown ON guards (subject_hash) WHERE user_id IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS guards_of_nobody;
CREATE INDEX CONCURRENTLY guards_of_nobody ON guards (updated_at) WHERE user_id = '';
DROP INDEX CONCURRENTLY IF EXISTS sessions_ended;
CREATE INDEX CONCURRENTLY sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS refresh_tokens_by_end;
CREATE INDEX CONCURRENTLY refresh_tokens_by_end ON refresh_tokens (expires_at);
DROP INDEX CONCURRENTLY IF EXISTS events_by_type;
CREATE INDEX CONCURRENTLY events_by_type ON events (practice_id, type, id);
DROP INDEX CONCURRENTLY IF EXISTS events_by_session;
CREATE INDEX CONCURRENTLY events_by_session ON events (sid, id) WHERE sid <> '';
DROP INDEX CONCURRENTLY IF EXISTS events_by_program;
CREATE INDEX CONCURRENTLY events_by_program ON events (practice_id, user_id, id)
    WHERE type = 'signin.succeeded' AND substr(user_agent, 1, 8) <> 'Mozilla/';

-- +goose Down

DROP INDEX events_by_program;
DROP INDEX events_by_session;
DROP INDEX events_by_type;
DROP INDEX refresh_tokens_by_end;
DROP INDEX sessions_ended;
DROP INDEX guards_of_nobody;
DROP INDEX guards_unknown;
DROP INDEX guards_locked;
DROP INDEX clients_by_name;
DROP INDEX authenticators_by_practice;
DROP INDEX users_by_role;
DROP INDEX users_without_words;
DROP TABLE removed_authenticators;
DROP TABLE user_words;
DROP TABLE reminders;
DROP TABLE support_cases;
DROP TABLE activations;
DROP TABLE links;
ALTER TABLE guards DROP COLUMN user_id;
-- The wider rule on auth_method stays: the version before never looks for a value that it does not know.
ALTER TABLE clients DROP COLUMN last_used_at, DROP COLUMN public_keys, DROP COLUMN review_at, DROP COLUMN purpose,
    DROP COLUMN owner, DROP COLUMN brings, DROP COLUMN access;
ALTER TABLE users DROP COLUMN words_of, DROP COLUMN email_verified_at, DROP COLUMN blocked_apps;
ALTER TABLE practices DROP COLUMN mfa_required_from, DROP COLUMN phone;
