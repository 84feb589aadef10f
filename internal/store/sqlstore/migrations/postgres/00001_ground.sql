-- +goose Up

CREATE TABLE practices (
    id         text COLLATE "C" PRIMARY KEY,
    name       text COLLATE "C" NOT NULL CHECK (length(name) <= 400),
    kind       text COLLATE "C" NOT NULL CHECK (kind IN ('customer', 'aps')),
    state      text COLLATE "C" NOT NULL CHECK (state IN ('active', 'suspended')),
    region     text COLLATE "C" NOT NULL CHECK (region IN ('AU', 'NZ', 'GB')),
    time_zone  text COLLATE "C" NOT NULL,
    mfa        text COLLATE "C" NOT NULL CHECK (mfa IN ('off', 'requested', 'active')),
    apps       text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version    bigint NOT NULL CHECK (version > 0)
);
CREATE INDEX practices_by_name ON practices (name, id);

CREATE TABLE users (
    id                  text COLLATE "C" PRIMARY KEY,
    practice_id         text COLLATE "C" NOT NULL REFERENCES practices (id),
    username            text COLLATE "C" NOT NULL UNIQUE CHECK (length(username) <= 254),
    name                text COLLATE "C" NOT NULL CHECK (length(name) <= 400),
    state               text COLLATE "C" NOT NULL CHECK (state IN ('active', 'disabled')),
    roles               text COLLATE "C" NOT NULL,
    password_hash       text COLLATE "C" NOT NULL,
    password_changed_at timestamptz,
    password_reset_at   timestamptz,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    last_signin_at      timestamptz,
    version             bigint NOT NULL CHECK (version > 0),
    -- What belongs to a user names the practice too and refers to both, so that no row can mix two practices.
    UNIQUE (practice_id, id)
);
CREATE INDEX users_by_practice ON users (practice_id, username);

CREATE TABLE authenticators (
    id           text COLLATE "C" PRIMARY KEY,
    practice_id  text COLLATE "C" NOT NULL,
    user_id      text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL CHECK (kind IN ('totp', 'sms')),
    label        text COLLATE "C" NOT NULL,
    totp_key     bytea, -- sealed
    phone        bytea, -- sealed
    last_step    bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id),
    CHECK ((kind = 'totp') = (totp_key IS NOT NULL)),
    CHECK ((kind = 'sms') = (phone IS NOT NULL))
);
CREATE INDEX authenticators_by_user ON authenticators (user_id, created_at);

CREATE TABLE recovery_pins (
    user_id     text COLLATE "C" PRIMARY KEY,
    practice_id text COLLATE "C" NOT NULL,
    hash        text COLLATE "C" NOT NULL CHECK (hash <> ''),
    created_at  timestamptz NOT NULL,
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id)
);

CREATE TABLE clients (
    id                        text COLLATE "C" PRIMARY KEY CHECK (length(id) <= 200 AND id NOT LIKE 'usr\_%' ESCAPE '\'),
    name                      text COLLATE "C" NOT NULL CHECK (length(name) <= 400),
    kind                      text COLLATE "C" NOT NULL CHECK (kind IN ('web', 'native', 'machine')),
    auth_method               text COLLATE "C" NOT NULL CHECK (auth_method IN ('client_secret_basic', 'client_secret_post', 'none')),
    secrets                   text COLLATE "C" NOT NULL, -- hashes
    redirect_uris             text COLLATE "C" NOT NULL,
    post_logout_redirect_uris text COLLATE "C" NOT NULL,
    initiate_login_uri        text COLLATE "C" NOT NULL,
    scopes                    text COLLATE "C" NOT NULL,
    refresh_tokens            boolean NOT NULL,
    pkce_optional             boolean NOT NULL,
    id_token_alg              text COLLATE "C" NOT NULL,
    reference_tokens          boolean NOT NULL,
    practice_id               text COLLATE "C" REFERENCES practices (id),
    profile                   text COLLATE "C" NOT NULL CHECK (profile IN ('default', 'government_connected')),
    session_lifetime          bigint NOT NULL CHECK (session_lifetime >= 0), -- microseconds
    session_idle_timeout      bigint NOT NULL CHECK (session_idle_timeout >= 0), -- microseconds
    mfa_required_from         timestamptz,
    disabled                  boolean NOT NULL,
    created_at                timestamptz NOT NULL,
    updated_at                timestamptz NOT NULL,
    version                   bigint NOT NULL CHECK (version > 0)
);
CREATE INDEX clients_by_practice ON clients (practice_id);

CREATE TABLE sessions (
    id           text COLLATE "C" PRIMARY KEY,
    practice_id  text COLLATE "C" NOT NULL,
    user_id      text COLLATE "C" NOT NULL,
    client_id    text COLLATE "C" NOT NULL REFERENCES clients (id),
    browser_hash text COLLATE "C" NOT NULL,
    acr          text COLLATE "C" NOT NULL,
    amr          text COLLATE "C" NOT NULL,
    auth_time    timestamptz NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    end_reason   text COLLATE "C" NOT NULL CHECK (end_reason IN ('', 'idle', 'lifetime', 'logout', 'revoked')),
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id),
    CHECK ((ended_at IS NULL) = (end_reason = ''))
);
CREATE INDEX sessions_by_browser ON sessions (browser_hash, client_id, created_at);
CREATE INDEX sessions_by_user ON sessions (practice_id, user_id, created_at);
CREATE INDEX sessions_by_practice ON sessions (practice_id, created_at);
CREATE INDEX sessions_by_client ON sessions (client_id);

CREATE TABLE refresh_tokens (
    hash       text COLLATE "C" PRIMARY KEY,
    sid        text COLLATE "C" NOT NULL REFERENCES sessions (id),
    client_id  text COLLATE "C" NOT NULL,
    user_id    text COLLATE "C" NOT NULL,
    scopes     text COLLATE "C" NOT NULL,
    auth_time  timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (sid);

CREATE TABLE guards (
    subject_hash text COLLATE "C" NOT NULL, -- SHA-256 of the subject: a user name that somebody typed is not kept
    proof        text COLLATE "C" NOT NULL CHECK (proof IN ('password', 'code', 'pin')),
    failures     bigint NOT NULL CHECK (failures >= 0),
    locks        bigint NOT NULL CHECK (locks >= 0),
    locked       boolean NOT NULL,
    locked_until timestamptz,
    updated_at   timestamptz,
    PRIMARY KEY (subject_hash, proof)
);

CREATE TABLE signing_keys (
    id           text COLLATE "C" PRIMARY KEY,
    alg          text COLLATE "C" NOT NULL,
    private      bytea NOT NULL, -- sealed
    created_at   timestamptz NOT NULL,
    sign_from    timestamptz NOT NULL,
    sign_until   timestamptz NOT NULL,
    verify_until timestamptz NOT NULL,
    UNIQUE (alg, sign_from) -- two nodes at their first start make one key
);

-- The audit trail refers to nothing: it outlives what it tells about.
CREATE TABLE events (
    id          text COLLATE "C" PRIMARY KEY,
    at          timestamptz NOT NULL,
    type        text COLLATE "C" NOT NULL,
    actor_kind  text COLLATE "C" NOT NULL,
    actor_id    text COLLATE "C" NOT NULL,
    practice_id text COLLATE "C" NOT NULL,
    user_id     text COLLATE "C" NOT NULL,
    client_id   text COLLATE "C" NOT NULL,
    sid         text COLLATE "C" NOT NULL,
    result      text COLLATE "C" NOT NULL,
    reason      text COLLATE "C" NOT NULL,
    address     text COLLATE "C" NOT NULL,
    user_agent  text COLLATE "C" NOT NULL,
    details     text COLLATE "C" NOT NULL
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
