-- +goose Up

-- Clients that publish their keys, and clients that are known by their certificates. SQLite changes a rule of a column only with its table,
-- as in step 3.
CREATE TABLE new_clients (
    id                        text PRIMARY KEY CHECK (length(id) <= 200 AND id NOT LIKE 'usr\_%' ESCAPE '\'),
    name                      text NOT NULL CHECK (length(name) <= 400),
    kind                      text NOT NULL CHECK (kind IN ('web', 'native', 'browser', 'machine', 'api')),
    auth_method               text NOT NULL CHECK (auth_method IN (
        'client_secret', 'client_secret_basic', 'client_secret_post', 'none', 'private_key_jwt',
        'tls_client_auth', 'self_signed_tls_client_auth')),
    secrets                   text NOT NULL, -- hashes
    redirect_uris             text NOT NULL,
    post_logout_redirect_uris text NOT NULL,
    backchannel_logout_uri    text NOT NULL DEFAULT '',
    initiate_login_uri        text NOT NULL,
    scopes                    text NOT NULL,
    refresh_tokens            boolean NOT NULL,
    pkce_optional             boolean NOT NULL,
    pkce_required             boolean NOT NULL DEFAULT FALSE,
    id_token_alg              text NOT NULL,
    reference_tokens          boolean NOT NULL,
    userinfo_only             boolean NOT NULL DEFAULT FALSE,
    token_endpoint_audience   boolean NOT NULL DEFAULT FALSE,
    allowed_origins           text NOT NULL DEFAULT '[]',
    identifier                text NOT NULL DEFAULT '' CHECK (length(identifier) <= 2000),
    practice_id               text REFERENCES practices (id),
    profile                   text NOT NULL CHECK (profile IN ('default', 'government_connected')),
    session_lifetime          integer NOT NULL CHECK (session_lifetime >= 0), -- microseconds
    session_idle_timeout      integer NOT NULL CHECK (session_idle_timeout >= 0), -- microseconds
    refresh_grace             integer NOT NULL DEFAULT 0, -- microseconds
    sign_on_group             text NOT NULL DEFAULT '',
    mfa_required_from         text,
    access                    text NOT NULL DEFAULT '' CHECK (access IN ('', 'everyone', 'managers', 'staff')),
    brings                    text NOT NULL DEFAULT '[]',
    owner                     text NOT NULL DEFAULT '' CHECK (length(owner) <= 400),
    purpose                   text NOT NULL DEFAULT '' CHECK (length(purpose) <= 2000),
    review_at                 text,
    public_keys               text NOT NULL DEFAULT '',
    last_used_at              text,
    no_pkce_at                text,
    disabled                  boolean NOT NULL,
    created_at                text NOT NULL,
    updated_at                text NOT NULL,
    version                   integer NOT NULL CHECK (version > 0),
    accent                    text NOT NULL DEFAULT '',
    logo                      blob,
    phishing_resistance_from  text,
    push_required             boolean NOT NULL DEFAULT FALSE,
    security_profile          text NOT NULL DEFAULT '' CHECK (length(security_profile) <= 40),
    jwks_uri                  text NOT NULL DEFAULT '' CHECK (length(jwks_uri) <= 2000),
    certificate_subject       text NOT NULL DEFAULT '' CHECK (length(certificate_subject) <= 1000),
    certificate_bound         boolean NOT NULL DEFAULT FALSE
);
INSERT INTO new_clients (
    id, name, kind, auth_method, secrets, redirect_uris, post_logout_redirect_uris, backchannel_logout_uri,
    initiate_login_uri, scopes, refresh_tokens, pkce_optional, pkce_required, id_token_alg, reference_tokens,
    userinfo_only, token_endpoint_audience, allowed_origins, identifier, practice_id, profile, session_lifetime,
    session_idle_timeout, refresh_grace, sign_on_group, mfa_required_from, access, brings, owner, purpose, review_at,
    public_keys, last_used_at, no_pkce_at, disabled, created_at, updated_at, version, accent, logo,
    phishing_resistance_from, push_required, security_profile)
SELECT
    id, name, kind, auth_method, secrets, redirect_uris, post_logout_redirect_uris, backchannel_logout_uri,
    initiate_login_uri, scopes, refresh_tokens, pkce_optional, pkce_required, id_token_alg, reference_tokens,
    userinfo_only, token_endpoint_audience, allowed_origins, identifier, practice_id, profile, session_lifetime,
    session_idle_timeout, refresh_grace, sign_on_group, mfa_required_from, access, brings, owner, purpose, review_at,
    public_keys, last_used_at, no_pkce_at, disabled, created_at, updated_at, version, accent, logo,
    phishing_resistance_from, push_required, security_profile
FROM clients;
DROP TABLE clients;
ALTER TABLE new_clients RENAME TO clients;
CREATE INDEX clients_by_practice ON clients (practice_id);
CREATE INDEX clients_by_name ON clients (name, id);
CREATE UNIQUE INDEX clients_by_identifier ON clients (identifier) WHERE identifier <> '';
CREATE INDEX clients_by_kind ON clients (kind, id);
CREATE INDEX clients_dated ON clients (name, id) WHERE review_at IS NOT NULL OR secrets LIKE '%"expires_at"%';
CREATE TABLE broken_keys (n integer CHECK (n = 0));
INSERT INTO broken_keys SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE broken_keys;

-- +goose Down

-- The wider rule stays. The version before has no way to know a client by its certificate: none that it would then take a secret from.
UPDATE clients SET auth_method = 'private_key_jwt', public_keys = '', disabled = TRUE WHERE auth_method IN ('tls_client_auth', 'self_signed_tls_client_auth');
ALTER TABLE clients DROP COLUMN certificate_bound;
ALTER TABLE clients DROP COLUMN certificate_subject;
ALTER TABLE clients DROP COLUMN jwks_uri;
