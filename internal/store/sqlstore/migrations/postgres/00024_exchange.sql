-- +goose Up

-- The app that an API is part of, and what an app may call for the person who is signed in (RFC 8693). Additive. A node of the version
-- before knows neither: it exchanges no token, and takes one that was exchanged for one of the app that exchanged it.
ALTER TABLE clients
    ADD COLUMN IF NOT EXISTS part_of text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(part_of) <= 63),
    ADD COLUMN IF NOT EXISTS exchanges text COLLATE "C" NOT NULL DEFAULT '[]' CHECK (length(exchanges) <= 100000);

-- +goose Down

ALTER TABLE clients DROP COLUMN exchanges, DROP COLUMN part_of;
