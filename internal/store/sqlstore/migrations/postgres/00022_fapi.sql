-- +goose Up

-- Apps that must push their requests, and clients that keep the FAPI 2.0 Security Profile. Additive. A node of the version before knows
-- neither: the profile holds when the last of them is gone.
ALTER TABLE clients
    ADD COLUMN IF NOT EXISTS push_required boolean NOT NULL DEFAULT FALSE,
    ADD COLUMN IF NOT EXISTS security_profile text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(security_profile) <= 40);

-- +goose Down

ALTER TABLE clients DROP COLUMN security_profile, DROP COLUMN push_required;
