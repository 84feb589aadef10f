-- +goose Up

-- The app that an API is part of, and what an app may call for the person who is signed in (RFC 8693).
ALTER TABLE clients ADD COLUMN part_of text NOT NULL DEFAULT '' CHECK (length(part_of) <= 63);
ALTER TABLE clients ADD COLUMN exchanges text NOT NULL DEFAULT '[]' CHECK (length(exchanges) <= 100000);

-- The second factors that were proved at the sign-in of a session.
ALTER TABLE sessions ADD COLUMN factors text NOT NULL DEFAULT '[]' CHECK (length(factors) <= 4000);

-- +goose Down

ALTER TABLE sessions DROP COLUMN factors;
ALTER TABLE clients DROP COLUMN exchanges;
ALTER TABLE clients DROP COLUMN part_of;
