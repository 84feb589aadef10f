-- +goose NO TRANSACTION
-- +goose Up

-- Links that confirm a changed address. Every row meets the wider rule; the rows are looked at afterwards, under a lock that lets
-- everybody go on. Every statement can be run again.
ALTER TABLE links
    DROP CONSTRAINT IF EXISTS links_purpose_check,
    ADD CONSTRAINT links_purpose_check CHECK (purpose IN ('invite', 'password_reset', 'unlock', 'not_me', 'confirm')) NOT VALID;
ALTER TABLE links VALIDATE CONSTRAINT links_purpose_check;

-- +goose Down

DELETE FROM links WHERE purpose = 'confirm';
ALTER TABLE links
    DROP CONSTRAINT IF EXISTS links_purpose_check,
    ADD CONSTRAINT links_purpose_check CHECK (purpose IN ('invite', 'password_reset', 'unlock', 'not_me'));
