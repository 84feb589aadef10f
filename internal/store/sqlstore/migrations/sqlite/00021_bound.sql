-- +goose Up

-- The key that a refresh token is bound to (RFC 9449, section 5): the SHA-256 of a public key in base64url. Additive. A node of the version
-- before lets a refresh token be used without its key, and gives one that is bound to none: DPoP holds when the last of them is gone.
ALTER TABLE refresh_tokens ADD COLUMN jkt text NOT NULL DEFAULT '' CHECK (length(jkt) <= 43);

-- +goose Down

-- The version before asks for no key: what is bound to one ends, and its person signs in again.
DELETE FROM refresh_tokens WHERE jkt <> '';
ALTER TABLE refresh_tokens DROP COLUMN jkt;
