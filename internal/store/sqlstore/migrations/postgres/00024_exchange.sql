-- +goose Up

-- The app that an API is part of, and what an app may call for the person who is signed in (RFC 8693). Additive. A node of the version
-- before knows neither: it exchanges no token, and takes one that was exchanged for one of the app that exchanged it.
ALTER TABLE clients
    ADD COLUMN IF NOT EXISTS part_of text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(part_of) <= 63),
    ADD COLUMN IF NOT EXISTS exchanges text COLLATE "C" NOT NULL DEFAULT '[]' CHECK (length(exchanges) <= 100000);

-- The second factors that were proved at the sign-in of a session. A node of the version before writes none: which they were is not known.
ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS factors text COLLATE "C" NOT NULL DEFAULT '[]' CHECK (length(factors) <= 4000);

-- +goose Down

ALTER TABLE sessions DROP COLUMN factors;
ALTER TABLE clients DROP COLUMN exchanges, DROP COLUMN part_of;
