-- +goose Up

-- From when a client keeps the FAPI 2.0 Security Profile.
ALTER TABLE clients ADD COLUMN fapi2_from text;

-- +goose Down

ALTER TABLE clients DROP COLUMN fapi2_from;
