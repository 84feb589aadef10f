-- +goose Up

-- Name and user name of a person as lists sort and searches compare them (idp.Fold), and what they were folded from: where that is not
-- what the row says, the version before wrote it, and Repair folds it. The rows that are there are folded when this step is done, by
-- Migrate, as SQL can't. The words of names in user_words are left to the version before, which writes those that are missing by
-- itself; a later version drops them.
ALTER TABLE users ADD COLUMN folded text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN folded_of text NOT NULL DEFAULT '';
CREATE INDEX users_by_folded ON users (practice_id, folded, id);
CREATE INDEX users_unfolded ON users (practice_id, id) WHERE folded_of <> name || ' <' || username || '>';

-- +goose Down

DROP INDEX users_unfolded;
DROP INDEX users_by_folded;
ALTER TABLE users DROP COLUMN folded_of;
ALTER TABLE users DROP COLUMN folded;
