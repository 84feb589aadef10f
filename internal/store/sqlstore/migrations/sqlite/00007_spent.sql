-- +goose Up

-- What must never be good again, although its own signature or another store says otherwise: revoked access tokens, used codes and
-- used client assertions, each by its hash, until it is over by itself. Redis, which may be emptied, can't be the one to know.
CREATE TABLE spent (
    hash       text PRIMARY KEY,
    expires_at text NOT NULL
);
CREATE INDEX spent_over ON spent (expires_at);

-- How often what nodes keep copies of in memory has changed. A node of the version before counts nothing: its changes are seen
-- when the copies run out.
CREATE TABLE copies (
    name    text PRIMARY KEY,
    version integer NOT NULL
);

-- +goose Down

DROP TABLE copies;
DROP TABLE spent;
