-- +goose NO TRANSACTION
-- +goose Up

-- Apps that run in a page, APIs, and what clients register beside. Additive, with defaults for the nodes of the version before, and
-- every statement can be run again. An app with a server that had to send PKCE goes on having to: a new release loosens nothing.
ALTER TABLE clients
    ADD COLUMN IF NOT EXISTS pkce_required boolean NOT NULL DEFAULT FALSE,
    ADD COLUMN IF NOT EXISTS userinfo_only boolean NOT NULL DEFAULT FALSE,
    ADD COLUMN IF NOT EXISTS token_endpoint_audience boolean NOT NULL DEFAULT FALSE,
    ADD COLUMN IF NOT EXISTS allowed_origins text COLLATE "C" NOT NULL DEFAULT '[]',
    ADD COLUMN IF NOT EXISTS identifier text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(identifier) <= 2000),
    ADD COLUMN IF NOT EXISTS refresh_grace bigint NOT NULL DEFAULT 0, -- microseconds
    ADD COLUMN IF NOT EXISTS no_pkce_at timestamptz;
ALTER TABLE refresh_tokens
    ADD COLUMN IF NOT EXISTS resources text COLLATE "C" NOT NULL DEFAULT '[]',
    ADD COLUMN IF NOT EXISTS claims text COLLATE "C" NOT NULL DEFAULT '';
UPDATE clients SET pkce_required = TRUE WHERE kind = 'web' AND NOT pkce_optional;
-- The rows are looked at afterwards, under a lock that lets everybody go on.
ALTER TABLE clients
    DROP CONSTRAINT IF EXISTS clients_kind_check,
    ADD CONSTRAINT clients_kind_check CHECK (kind IN ('web', 'native', 'browser', 'machine', 'api')) NOT VALID,
    DROP CONSTRAINT IF EXISTS clients_auth_method_check,
    ADD CONSTRAINT clients_auth_method_check
        CHECK (auth_method IN ('client_secret', 'client_secret_basic', 'client_secret_post', 'none', 'private_key_jwt')) NOT VALID;
ALTER TABLE clients VALIDATE CONSTRAINT clients_kind_check;
ALTER TABLE clients VALIDATE CONSTRAINT clients_auth_method_check;
DROP INDEX CONCURRENTLY IF EXISTS clients_by_identifier;
CREATE UNIQUE INDEX CONCURRENTLY clients_by_identifier ON clients (identifier) WHERE identifier <> '';

-- +goose Down

-- The wider rules stay: the version before never looks for a value that it does not know. It knows no app that runs in a page, but
-- one on a device, which keeps no secret either, and no API.
DROP INDEX clients_by_identifier;
UPDATE clients SET disabled = TRUE WHERE kind = 'api';
UPDATE clients SET kind = 'native' WHERE kind = 'browser';
UPDATE clients SET auth_method = 'client_secret_basic' WHERE auth_method = 'client_secret';
ALTER TABLE refresh_tokens DROP COLUMN claims, DROP COLUMN resources;
ALTER TABLE clients DROP COLUMN no_pkce_at, DROP COLUMN refresh_grace, DROP COLUMN identifier, DROP COLUMN allowed_origins,
    DROP COLUMN token_endpoint_audience, DROP COLUMN userinfo_only, DROP COLUMN pkce_required;
