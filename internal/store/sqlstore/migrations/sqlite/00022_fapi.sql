-- +goose Up

-- Apps that must push their requests, and clients that keep the FAPI 2.0 Security Profile.
ALTER TABLE clients ADD COLUMN push_required boolean NOT NULL DEFAULT FALSE;
ALTER TABLE clients ADD COLUMN security_profile text NOT NULL DEFAULT '' CHECK (length(security_profile) <= 40);

-- +goose Down

ALTER TABLE clients DROP COLUMN security_profile;
ALTER TABLE clients DROP COLUMN push_required;
