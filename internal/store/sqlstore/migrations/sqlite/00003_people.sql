-- +goose Up

-- As the step before: additive, with defaults for the version before. All of it is one transaction.
ALTER TABLE practices ADD COLUMN phone text NOT NULL DEFAULT '' CHECK (length(phone) <= 100);
ALTER TABLE practices ADD COLUMN mfa_required_from text;
ALTER TABLE users ADD COLUMN blocked_apps text NOT NULL DEFAULT '[]';
ALTER TABLE users ADD COLUMN email_verified_at text;
-- The name that user_words was written for. Where it differs, the version before wrote the row.
ALTER TABLE users ADD COLUMN words_of text;
-- Whose counter it is: NULL if the version before wrote it and nobody has looked since, '' for nobody's.
ALTER TABLE guards ADD COLUMN user_id text;

-- SQLite changes a rule of a column only with its table. Sessions go on referring to it by its name, as foreign keys are not
-- enforced on the connection that migrates (see sqliteMigrator); that none was broken is looked at before this is committed.
CREATE TABLE new_clients (
    id                        text PRIMARY KEY CHECK (length(id) <= 200 AND id NOT LIKE 'usr\_%' ESCAPE '\'),
    name                      text NOT NULL CHECK (length(name) <= 400),
    kind                      text NOT NULL CHECK (kind IN ('web', 'native', 'machine')),
    auth_method               text NOT NULL CHECK (auth_method IN ('client_secret_basic', 'client_secret_post', 'none', 'private_key_jwt')),
    secrets                   text NOT NULL, -- hashes
    redirect_uris             text NOT NULL,
    post_logout_redirect_uris text NOT NULL,
    backchannel_logout_uri    text NOT NULL DEFAULT '',
    initiate_login_uri        text NOT NULL,
    scopes                    text NOT NULL,
    refresh_tokens            boolean NOT NULL,
    pkce_optional             boolean NOT NULL,
    id_token_alg              text NOT NULL,
    reference_tokens          boolean NOT NULL,
    practice_id               text REFERENCES practices (id),
    profile                   text NOT NULL CHECK (profile IN ('default', 'government_connected')),
    session_lifetime          integer NOT NULL CHECK (session_lifetime >= 0), -- microseconds
    session_idle_timeout      integer NOT NULL CHECK (session_idle_timeout >= 0), -- microseconds
    sign_on_group             text NOT NULL DEFAULT '',
    mfa_required_from         text,
    access                    text NOT NULL DEFAULT '' CHECK (access IN ('', 'everyone', 'managers', 'staff')),
    brings                    text NOT NULL DEFAULT '[]',
    owner                     text NOT NULL DEFAULT '' CHECK (length(owner) <= 400),
    purpose                   text NOT NULL DEFAULT '' CHECK (length(purpose) <= 2000),
    review_at                 text,
    public_keys               text NOT NULL DEFAULT '',
    last_used_at              text,
    disabled                  boolean NOT NULL,
    created_at                text NOT NULL,
    updated_at                text NOT NULL,
    version                   integer NOT NULL CHECK (version > 0)
);
INSERT INTO new_clients (id, name, kind, auth_method, secrets, redirect_uris, post_logout_redirect_uris, backchannel_logout_uri,
    initiate_login_uri, scopes, refresh_tokens, pkce_optional, id_token_alg, reference_tokens, practice_id, profile, session_lifetime,
    session_idle_timeout, sign_on_group, mfa_required_from, disabled, created_at, updated_at, version)
SELECT id, name, kind, auth_method, secrets, redirect_uris, post_logout_redirect_uris, backchannel_logout_uri,
    initiate_login_uri, scopes, refresh_tokens, pkce_optional, id_token_alg, reference_tokens, practice_id, profile, session_lifetime,
    session_idle_timeout, sign_on_group, mfa_required_from, disabled, created_at, updated_at, version FROM clients;
DROP TABLE clients;
ALTER TABLE new_clients RENAME TO clients;
CREATE INDEX clients_by_practice ON clients (practice_id);
CREATE INDEX clients_by_name ON clients (name, id);
CREATE TABLE broken_keys (n integer CHECK (n = 0));
INSERT INTO broken_keys SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE broken_keys;

CREATE TABLE links (
    hash            text PRIMARY KEY,
    purpose         text NOT NULL CHECK (purpose IN ('invite', 'password_reset', 'unlock', 'not_me')),
    practice_id     text NOT NULL,
    user_id         text NOT NULL,
    created_by_kind text NOT NULL,
    created_by_id   text NOT NULL,
    created_at      text NOT NULL,
    expires_at      text NOT NULL,
    used_at         text,
    revoked_at      text,
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id)
);
CREATE INDEX links_by_user ON links (practice_id, user_id, purpose, created_at);
CREATE INDEX links_by_end ON links (expires_at);

CREATE TABLE activations (
    id               text PRIMARY KEY,
    practice_id      text NOT NULL REFERENCES practices (id),
    requested_by     text NOT NULL,
    requested_at     text NOT NULL,
    note             text NOT NULL CHECK (length(note) <= 1000),
    state            text NOT NULL CHECK (state IN ('open', 'activated', 'declined', 'withdrawn')),
    answered_by_kind text NOT NULL,
    answered_by_id   text NOT NULL,
    answered_at      text,
    answer           text NOT NULL CHECK (length(answer) <= 1000),
    version          integer NOT NULL CHECK (version > 0)
);
-- However many administrators ask at once, one request is open.
CREATE UNIQUE INDEX activations_open ON activations (practice_id) WHERE state = 'open';
CREATE INDEX activations_by_practice ON activations (practice_id, requested_at, id);
CREATE INDEX activations_by_state ON activations (state, requested_at, id);

CREATE TABLE support_cases (
    id          text PRIMARY KEY,
    practice_id text NOT NULL,
    user_id     text NOT NULL,
    action      text NOT NULL CHECK (action IN ('reset_mfa', 'grant_user_management', 'enable_user')),
    reason      text NOT NULL CHECK (length(reason) <= 1000),
    state       text NOT NULL CHECK (state IN ('open', 'submitted', 'approved', 'refused', 'closed', 'done', 'expired')),
    opened_by   text NOT NULL,
    opened_at   text NOT NULL,
    checks      text NOT NULL,
    code_hash   text NOT NULL, -- hashed like a recovery PIN
    code_to     text NOT NULL,
    code_until  text,
    code_misses integer NOT NULL CHECK (code_misses >= 0),
    decided_by  text NOT NULL,
    decided_at  text,
    decision    text NOT NULL CHECK (length(decision) <= 1000),
    act_until   text,
    done_by     text NOT NULL,
    done_at     text,
    version     integer NOT NULL CHECK (version > 0),
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id)
);
CREATE INDEX support_cases_by_time ON support_cases (opened_at, id);
CREATE INDEX support_cases_by_practice ON support_cases (practice_id, opened_at, id);
CREATE INDEX support_cases_by_state ON support_cases (state, opened_at, id);

CREATE TABLE reminders (
    key     text PRIMARY KEY,
    sent_at text NOT NULL
);
CREATE INDEX reminders_by_time ON reminders (sent_at);

-- The words of people's names, lower-cased: what a search looks through.
CREATE TABLE user_words (
    practice_id text NOT NULL,
    word        text NOT NULL,
    user_id     text NOT NULL,
    PRIMARY KEY (practice_id, word, user_id),
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id)
);
CREATE INDEX user_words_by_user ON user_words (user_id, word);

-- Authenticators that were removed: a step of a sign-in that is repeated must not bring one back.
CREATE TABLE removed_authenticators (
    id text PRIMARY KEY
);

CREATE INDEX users_without_words ON users (id) WHERE words_of IS DISTINCT FROM name;
CREATE INDEX users_by_role ON users (practice_id, username) WHERE roles <> '[]';
CREATE INDEX authenticators_by_practice ON authenticators (practice_id, user_id, kind);
CREATE INDEX guards_locked ON guards (user_id) WHERE locked;
CREATE INDEX guards_unknown ON guards (subject_hash) WHERE user_id IS NULL;
CREATE INDEX guards_of_nobody ON guards (updated_at) WHERE user_id = '';
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);
CREATE INDEX events_by_type ON events (practice_id, type, id);
CREATE INDEX events_by_session ON events (sid, id) WHERE sid <> '';
CREATE INDEX events_by_program ON events (practice_id, user_id, id)
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
ALTER TABLE clients DROP COLUMN last_used_at;
ALTER TABLE clients DROP COLUMN public_keys;
ALTER TABLE clients DROP COLUMN review_at;
ALTER TABLE clients DROP COLUMN purpose;
ALTER TABLE clients DROP COLUMN owner;
ALTER TABLE clients DROP COLUMN brings;
ALTER TABLE clients DROP COLUMN access;
ALTER TABLE users DROP COLUMN words_of;
ALTER TABLE users DROP COLUMN email_verified_at;
ALTER TABLE users DROP COLUMN blocked_apps;
ALTER TABLE practices DROP COLUMN mfa_required_from;
ALTER TABLE practices DROP COLUMN phone;
