-- +goose Up

-- From when a client keeps the FAPI 2.0 Security Profile. Additive. A node of the version before does not know it: the day holds when the
-- last of them is gone.
ALTER TABLE clients ADD COLUMN IF NOT EXISTS fapi2_from timestamptz;

-- +goose Down

ALTER TABLE clients DROP COLUMN fapi2_from;
