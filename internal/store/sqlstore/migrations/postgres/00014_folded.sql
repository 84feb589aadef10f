-- +goose NO TRANSACTION
-- +goose Up

-- Name and user name of a person as lists sort and searches compare them (idp.Fold), and what they were folded from: where that is not
-- what the row says, a node of the version before wrote it, and Repair folds it. The rows that are there are folded when this step is
-- done, by Migrate, as SQL can't. Additive, and every statement can be run again. The words of names in user_words are left to the
-- nodes of the version before, which write those that are missing by themselves; a later version drops them.
ALTER TABLE users
    ADD COLUMN IF NOT EXISTS folded text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS folded_of text COLLATE "C" NOT NULL DEFAULT '';
DROP INDEX CONCURRENTLY IF EXISTS users_by_folded;
CREATE INDEX CONCURRENTLY users_by_folded ON users (practice_id, folded, id);
DROP INDEX CONCURRENTLY IF EXISTS users_unfolded;
CREATE INDEX CONCURRENTLY users_unfolded ON users (practice_id, id) WHERE folded_of <> name || ' <' || username || '>';

-- +goose Down

DROP INDEX users_unfolded;
DROP INDEX users_by_folded;
ALTER TABLE users DROP COLUMN folded_of, DROP COLUMN folded;
