-- +goose Up

CREATE TABLE practices (
    id         text PRIMARY KEY,
    name       text NOT NULL CHECK (length(name) <= 400),
    kind       text NOT NULL CHECK (kind IN ('customer', 'aps')),
    state      text NOT NULL CHECK (state IN ('active', 'suspended')),
    region     text NOT NULL CHECK (region IN ('AU', 'NZ', 'GB')),
    time_zone  text NOT NULL,
    mfa        text NOT NULL CHECK (mfa IN ('off', 'requested', 'active')),
    apps       text NOT NULL,
    created_at text NOT NULL,
    updated_at text NOT NULL,
    version    integer NOT NULL CHECK (version > 0)
);
CREATE INDEX practices_by_name ON practices (name, id);

CREATE TABLE users (
    id                  text PRIMARY KEY,
    practice_id         text NOT NULL REFERENCES practices (id),
    username            text NOT NULL UNIQUE CHECK (length(username) <= 254),
    name                text NOT NULL CHECK (length(name) <= 400),
    state               text NOT NULL CHECK (state IN ('active', 'disabled')),
    roles               text NOT NULL,
    password_hash       text NOT NULL,
    password_changed_at text,
    password_reset_at   text,
    created_at          text NOT NULL,
    updated_at          text NOT NULL,
    last_signin_at      text,
    version             integer NOT NULL CHECK (version > 0),
    -- What belongs to a user names the practice too and refers to both, so that no row can mix two practices.
    UNIQUE (practice_id, id)
);
CREATE INDEX users_by_practice ON users (practice_id, username);

CREATE TABLE authenticators (
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
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id),
    CHECK ((kind = 'totp') = (totp_key IS NOT NULL)),
    CHECK ((kind = 'sms') = (phone IS NOT NULL))
);
CREATE INDEX authenticators_by_user ON authenticators (user_id, created_at);

CREATE TABLE recovery_pins (
    user_id     text PRIMARY KEY,
    practice_id text NOT NULL,
    hash        text NOT NULL CHECK (hash <> ''),
    created_at  text NOT NULL,
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id)
);

CREATE TABLE clients (
    id                        text PRIMARY KEY CHECK (length(id) <= 200 AND id NOT LIKE 'usr\_%' ESCAPE '\'),
    name                      text NOT NULL CHECK (length(name) <= 400),
    kind                      text NOT NULL CHECK (kind IN ('web', 'native', 'machine')),
    auth_method               text NOT NULL CHECK (auth_method IN ('client_secret_basic', 'client_secret_post', 'none')),
    secrets                   text NOT NULL, -- hashes
    redirect_uris             text NOT NULL,
    post_logout_redirect_uris text NOT NULL,
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
    mfa_required_from         text,
    disabled                  boolean NOT NULL,
    created_at                text NOT NULL,
    updated_at                text NOT NULL,
    version                   integer NOT NULL CHECK (version > 0)
);
CREATE INDEX clients_by_practice ON clients (practice_id);

CREATE TABLE sessions (
    id           text PRIMARY KEY,
    practice_id  text NOT NULL,
    user_id      text NOT NULL,
    client_id    text NOT NULL REFERENCES clients (id),
    browser_hash text NOT NULL,
    acr          text NOT NULL,
    amr          text NOT NULL,
    auth_time    text NOT NULL,
    created_at   text NOT NULL,
    expires_at   text NOT NULL,
    ended_at     text,
    end_reason   text NOT NULL CHECK (end_reason IN ('', 'idle', 'lifetime', 'logout', 'revoked')),
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id),
    CHECK ((ended_at IS NULL) = (end_reason = ''))
);
CREATE INDEX sessions_by_browser ON sessions (browser_hash, client_id, created_at);
CREATE INDEX sessions_by_user ON sessions (practice_id, user_id, created_at);
CREATE INDEX sessions_by_practice ON sessions (practice_id, created_at);
CREATE INDEX sessions_by_client ON sessions (client_id);

CREATE TABLE refresh_tokens (
    hash       text PRIMARY KEY,
    sid        text NOT NULL REFERENCES sessions (id),
    client_id  text NOT NULL,
    user_id    text NOT NULL,
    scopes     text NOT NULL,
    auth_time  text NOT NULL,
    created_at text NOT NULL,
    expires_at text NOT NULL,
    used_at    text
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (sid);

CREATE TABLE guards (
    subject_hash text NOT NULL, -- SHA-256 of the subject: a user name that somebody typed is not kept
    proof        text NOT NULL CHECK (proof IN ('password', 'code', 'pin')),
    failures     integer NOT NULL CHECK (failures >= 0),
    locks        integer NOT NULL CHECK (locks >= 0),
    locked       boolean NOT NULL,
    locked_until text,
    updated_at   text,
    PRIMARY KEY (subject_hash, proof)
);

CREATE TABLE signing_keys (
    id           text PRIMARY KEY,
    alg          text NOT NULL,
    private      blob NOT NULL, -- sealed
    created_at   text NOT NULL,
    sign_from    text NOT NULL,
    sign_until   text NOT NULL,
    verify_until text NOT NULL,
    UNIQUE (alg, sign_from) -- two nodes at their first start make one key
);

-- The audit trail refers to nothing: it outlives what it tells about.
CREATE TABLE events (
    id          text PRIMARY KEY,
    at          text NOT NULL,
    type        text NOT NULL,
    actor_kind  text NOT NULL,
    actor_id    text NOT NULL,
    practice_id text NOT NULL,
    user_id     text NOT NULL,
    client_id   text NOT NULL,
    sid         text NOT NULL,
    result      text NOT NULL,
    reason      text NOT NULL,
    address     text NOT NULL,
    user_agent  text NOT NULL,
    details     text NOT NULL
);
CREATE INDEX events_by_practice ON events (practice_id, id);
CREATE INDEX events_by_user ON events (practice_id, user_id, id);

-- +goose Down

DROP TABLE events;
DROP TABLE signing_keys;
DROP TABLE guards;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP TABLE clients;
DROP TABLE recovery_pins;
DROP TABLE authenticators;
DROP TABLE users;
DROP TABLE practices;
