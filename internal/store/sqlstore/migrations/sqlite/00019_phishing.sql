-- +goose Up

-- From when practices and apps need passkeys, which ones a practice allows, and the codes with which administrators let a person add their
-- first one. SQLite changes a rule of a column only with its table; no other table refers to these two.
ALTER TABLE practices ADD COLUMN phishing_resistance_from text;
ALTER TABLE practices ADD COLUMN phishing_resistance_administrators_from text;
ALTER TABLE practices ADD COLUMN passkey_models text NOT NULL DEFAULT '[]' CHECK (length(passkey_models) <= 4000);
ALTER TABLE clients ADD COLUMN phishing_resistance_from text;

CREATE TABLE new_links (
    hash            text PRIMARY KEY,
    purpose         text NOT NULL CHECK (purpose IN ('invite', 'password_reset', 'unlock', 'not_me', 'confirm', 'enrolment')),
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

CREATE TABLE new_cases (
    id          text PRIMARY KEY,
    practice_id text NOT NULL,
    user_id     text NOT NULL,
    action      text NOT NULL CHECK (action IN ('reset_mfa', 'grant_user_management', 'enable_user', 'enrolment_code')),
    reason      text NOT NULL CHECK (length(reason) <= 1000),
    state       text NOT NULL CHECK (state IN ('open', 'submitted', 'approved', 'refused', 'closed', 'done', 'expired')),
    opened_by   text NOT NULL,
    opened_at   text NOT NULL,
    checks      text NOT NULL,
    code_hash   text NOT NULL, -- hashed like a recovery PIN
    code_to     text NOT NULL,
    code_until  text,
    code_misses integer NOT NULL CHECK (code_misses >= 0),
    decided_by  text NOT NULL,
    decided_at  text,
    decision    text NOT NULL CHECK (length(decision) <= 1000),
    act_until   text,
    done_by     text NOT NULL,
    done_at     text,
    version     integer NOT NULL CHECK (version > 0),
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id)
);
INSERT INTO new_cases (id, practice_id, user_id, action, reason, state, opened_by, opened_at, checks, code_hash, code_to, code_until, code_misses, decided_by,
    decided_at, decision, act_until, done_by, done_at, version)
    SELECT id, practice_id, user_id, action, reason, state, opened_by, opened_at, checks, code_hash, code_to, code_until, code_misses, decided_by,
    decided_at, decision, act_until, done_by, done_at, version FROM support_cases;
DROP TABLE support_cases;
ALTER TABLE new_cases RENAME TO support_cases;
CREATE INDEX support_cases_by_time ON support_cases (opened_at, id);
CREATE INDEX support_cases_by_practice ON support_cases (practice_id, opened_at, id);
CREATE INDEX support_cases_by_state ON support_cases (state, opened_at, id);

-- +goose Down

CREATE TABLE new_cases (
    id          text PRIMARY KEY,
    practice_id text NOT NULL,
    user_id     text NOT NULL,
    action      text NOT NULL CHECK (action IN ('reset_mfa', 'grant_user_management', 'enable_user')),
    reason      text NOT NULL CHECK (length(reason) <= 1000),
    state       text NOT NULL CHECK (state IN ('open', 'submitted', 'approved', 'refused', 'closed', 'done', 'expired')),
    opened_by   text NOT NULL,
    opened_at   text NOT NULL,
    checks      text NOT NULL,
    code_hash   text NOT NULL, -- hashed like a recovery PIN
    code_to     text NOT NULL,
    code_until  text,
    code_misses integer NOT NULL CHECK (code_misses >= 0),
    decided_by  text NOT NULL,
    decided_at  text,
    decision    text NOT NULL CHECK (length(decision) <= 1000),
    act_until   text,
    done_by     text NOT NULL,
    done_at     text,
    version     integer NOT NULL CHECK (version > 0),
    FOREIGN KEY (practice_id, user_id) REFERENCES users (practice_id, id)
);
INSERT INTO new_cases (id, practice_id, user_id, action, reason, state, opened_by, opened_at, checks, code_hash, code_to, code_until, code_misses, decided_by,
    decided_at, decision, act_until, done_by, done_at, version)
    SELECT id, practice_id, user_id, action, reason, state, opened_by, opened_at, checks, code_hash, code_to, code_until, code_misses, decided_by,
    decided_at, decision, act_until, done_by, done_at, version FROM support_cases
    WHERE action <> 'enrolment_code';
DROP TABLE support_cases;
ALTER TABLE new_cases RENAME TO support_cases;
CREATE INDEX support_cases_by_time ON support_cases (opened_at, id);
CREATE INDEX support_cases_by_practice ON support_cases (practice_id, opened_at, id);
CREATE INDEX support_cases_by_state ON support_cases (state, opened_at, id);

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
SELECT hash, purpose, practice_id, user_id, created_by_kind, created_by_id, created_at, expires_at, used_at, revoked_at FROM links
WHERE purpose <> 'enrolment';
DROP TABLE links;
ALTER TABLE new_links RENAME TO links;
CREATE INDEX links_by_user ON links (practice_id, user_id, purpose, created_at);
CREATE INDEX links_by_end ON links (expires_at);
ALTER TABLE clients DROP COLUMN phishing_resistance_from;
ALTER TABLE practices DROP COLUMN passkey_models;
ALTER TABLE practices DROP COLUMN phishing_resistance_administrators_from;
ALTER TABLE practices DROP COLUMN phishing_resistance_from;
