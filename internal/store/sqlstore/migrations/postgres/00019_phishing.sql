-- +goose NO TRANSACTION
-- +goose Up

-- From when practices and apps need passkeys, which ones a practice allows, and the codes with which administrators let a person add their
-- first one. Additive, with defaults for the nodes of the version before, and every statement can be run again. A node of the version before
-- knows none of these dates, and goes on to let people in with codes: they bind once all nodes are of this version.
ALTER TABLE practices
    ADD COLUMN IF NOT EXISTS phishing_resistance_from timestamptz,
    ADD COLUMN IF NOT EXISTS phishing_resistance_administrators_from timestamptz,
    ADD COLUMN IF NOT EXISTS passkey_models text COLLATE "C" NOT NULL DEFAULT '[]' CHECK (length(passkey_models) <= 4000);
ALTER TABLE clients
    ADD COLUMN IF NOT EXISTS phishing_resistance_from timestamptz;
-- Every row meets the wider rules; the rows are looked at afterwards, under a lock that lets everybody go on.
ALTER TABLE links
    DROP CONSTRAINT IF EXISTS links_purpose_check,
    ADD CONSTRAINT links_purpose_check CHECK (purpose IN ('invite', 'password_reset', 'unlock', 'not_me', 'confirm', 'enrolment')) NOT VALID;
ALTER TABLE links VALIDATE CONSTRAINT links_purpose_check;
ALTER TABLE support_cases
    DROP CONSTRAINT IF EXISTS support_cases_action_check,
    ADD CONSTRAINT support_cases_action_check CHECK (action IN ('reset_mfa', 'grant_user_management', 'enable_user', 'enrolment_code')) NOT VALID;
ALTER TABLE support_cases VALIDATE CONSTRAINT support_cases_action_check;

-- +goose Down

DELETE FROM links WHERE purpose = 'enrolment';
DELETE FROM support_cases WHERE action = 'enrolment_code';
ALTER TABLE support_cases
    DROP CONSTRAINT IF EXISTS support_cases_action_check,
    ADD CONSTRAINT support_cases_action_check CHECK (action IN ('reset_mfa', 'grant_user_management', 'enable_user'));
ALTER TABLE links
    DROP CONSTRAINT IF EXISTS links_purpose_check,
    ADD CONSTRAINT links_purpose_check CHECK (purpose IN ('invite', 'password_reset', 'unlock', 'not_me', 'confirm'));
ALTER TABLE clients DROP COLUMN phishing_resistance_from;
ALTER TABLE practices DROP COLUMN passkey_models, DROP COLUMN phishing_resistance_administrators_from, DROP COLUMN phishing_resistance_from;
