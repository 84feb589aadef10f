-- +goose Up

-- Links that confirm a changed address. SQLite changes a rule of a column only with its table; no other table refers to this one.
CREATE TABLE new_links (
    hash            text PRIMARY KEY,
    purpose         text NOT NULL CHECK (purpose IN ('invite', 'password_reset', 'unlock', 'not_me', 'confirm')),
    practice_id     text NOT NULL,
    user_id         text NOT NULL,
    created_by_kind text NOT NULL,
    created_by_id   text NOT NULL,
    created_at      text NOT NULL,
    expires_at      text NOT NULL,
    used_at         text,
    revoked_at      text,
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id)
);
INSERT INTO new_links (hash, purpose, practice_id, user_id, created_by_kind, created_by_id, created_at, expires_at, used_at, revoked_at)
SELECT hash, purpose, practice_id, user_id, created_by_kind, created_by_id, created_at, expires_at, used_at, revoked_at FROM links;
DROP TABLE links;
ALTER TABLE new_links RENAME TO links;
CREATE INDEX links_by_user ON links (practice_id, user_id, purpose, created_at);
CREATE INDEX links_by_end ON links (expires_at);

-- +goose Down

CREATE TABLE new_links (
    hash            text PRIMARY KEY,
    purpose         text NOT NULL CHECK (purpose IN ('invite', 'password_reset', 'unlock', 'not_me')),
    practice_id     text NOT NULL,
    user_id         text NOT NULL,
    created_by_kind text NOT NULL,
    created_by_id   text NOT NULL,
    created_at      text NOT NULL,
    expires_at      text NOT NULL,
    used_at         text,
    revoked_at      text,
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id)
);
INSERT INTO new_links (hash, purpose, practice_id, user_id, created_by_kind, created_by_id, created_at, expires_at, used_at, revoked_at)
SELECT hash, purpose, practice_id, user_id, created_by_kind, created_by_id, created_at, expires_at, used_at, revoked_at FROM links
WHERE purpose <> 'confirm';
DROP TABLE links;
ALTER TABLE new_links RENAME TO links;
CREATE INDEX links_by_user ON links (practice_id, user_id, purpose, created_at);
CREATE INDEX links_by_end ON links (expires_at);
