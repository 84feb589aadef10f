-- +goose Up

-- Apps that run in a page, APIs, and what clients register beside. SQLite changes a rule of a column only with its table, as in step 3.
-- An app with a server that had to send PKCE goes on having to: a new release loosens nothing.
CREATE TABLE new_clients (
    id                        text PRIMARY KEY CHECK (length(id) <= 200 AND id NOT LIKE 'usr\_%' ESCAPE '\'),
    name                      text NOT NULL CHECK (length(name) <= 400),
    kind                      text NOT NULL CHECK (kind IN ('web', 'native', 'browser', 'machine', 'api')),
    auth_method               text NOT NULL CHECK (auth_method IN ('client_secret', 'client_secret_basic', 'client_secret_post', 'none', 'private_key_jwt')),
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
    version                   integer NOT NULL CHECK (version > 0)
);
INSERT INTO new_clients (
    id, name, kind, auth_method, secrets, redirect_uris, post_logout_redirect_uris, backchannel_logout_uri, initiate_login_uri,
    scopes, refresh_tokens, pkce_optional, id_token_alg, reference_tokens, practice_id, profile, session_lifetime,
    session_idle_timeout, sign_on_group, mfa_required_from, access, brings, owner, purpose, review_at, public_keys, last_used_at,
    disabled, created_at, updated_at, version, pkce_required)
SELECT
    id, name, kind, auth_method, secrets, redirect_uris, post_logout_redirect_uris, backchannel_logout_uri, initiate_login_uri,
    scopes, refresh_tokens, pkce_optional, id_token_alg, reference_tokens, practice_id, profile, session_lifetime,
    session_idle_timeout, sign_on_group, mfa_required_from, access, brings, owner, purpose, review_at, public_keys, last_used_at,
    disabled, created_at, updated_at, version,
    kind = 'web' AND NOT pkce_optional FROM clients;
DROP TABLE clients;
ALTER TABLE new_clients RENAME TO clients;
CREATE INDEX clients_by_practice ON clients (practice_id);
CREATE INDEX clients_by_name ON clients (name, id);
CREATE UNIQUE INDEX clients_by_identifier ON clients (identifier) WHERE identifier <> '';
CREATE TABLE broken_keys (n integer CHECK (n = 0));
INSERT INTO broken_keys SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE broken_keys;
ALTER TABLE refresh_tokens ADD COLUMN resources text NOT NULL DEFAULT '[]';
ALTER TABLE refresh_tokens ADD COLUMN claims text NOT NULL DEFAULT '';

-- +goose Down

-- The wider rules stay: the version before never looks for a value that it does not know. It knows no app that runs in a page, but
-- one on a device, which keeps no secret either, and no API.
DROP INDEX clients_by_identifier;
UPDATE clients SET disabled = TRUE WHERE kind = 'api';
UPDATE clients SET kind = 'native' WHERE kind = 'browser';
UPDATE clients SET auth_method = 'client_secret_basic' WHERE auth_method = 'client_secret';
ALTER TABLE refresh_tokens DROP COLUMN claims;
ALTER TABLE refresh_tokens DROP COLUMN resources;
ALTER TABLE clients DROP COLUMN no_pkce_at;
ALTER TABLE clients DROP COLUMN refresh_grace;
ALTER TABLE clients DROP COLUMN identifier;
ALTER TABLE clients DROP COLUMN allowed_origins;
ALTER TABLE clients DROP COLUMN token_endpoint_audience;
ALTER TABLE clients DROP COLUMN userinfo_only;
ALTER TABLE clients DROP COLUMN pkce_required;
