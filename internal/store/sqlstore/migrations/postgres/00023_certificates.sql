-- +goose NO TRANSACTION
-- +goose Up

-- Clients that publish their keys, and clients that are known by their certificates. Additive, and every statement can be run again. A node
-- of the version before knows none of it, and refuses such clients: an assertion has no keys there, and a certificate is no way to
-- authenticate.
ALTER TABLE clients
    ADD COLUMN IF NOT EXISTS jwks_uri text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(jwks_uri) <= 2000),
    ADD COLUMN IF NOT EXISTS certificate_subject text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(certificate_subject) <= 1000),
    ADD COLUMN IF NOT EXISTS certificate_bound boolean NOT NULL DEFAULT FALSE;
-- The rows are looked at afterwards, under a lock that lets everybody go on.
ALTER TABLE clients
    DROP CONSTRAINT IF EXISTS clients_auth_method_check,
    ADD CONSTRAINT clients_auth_method_check CHECK (auth_method IN (
        'client_secret', 'client_secret_basic', 'client_secret_post', 'none', 'private_key_jwt',
        'tls_client_auth', 'self_signed_tls_client_auth')) NOT VALID;
ALTER TABLE clients VALIDATE CONSTRAINT clients_auth_method_check;

-- +goose Down

-- The wider rule stays. The version before has no way to know a client by its certificate: none that it would then take a secret from.
UPDATE clients SET auth_method = 'private_key_jwt', public_keys = '', disabled = TRUE WHERE auth_method IN ('tls_client_auth', 'self_signed_tls_client_auth');
ALTER TABLE clients DROP COLUMN certificate_bound, DROP COLUMN certificate_subject, DROP COLUMN jwks_uri;
