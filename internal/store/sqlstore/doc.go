// Package sqlstore keeps in SQL what must not be lost: practices, people and what they prove with, links in mails, apps,
// sessions, refresh tokens, failure counters, requests and support cases, signing keys, the audit trail, what is spent (revoked tokens, used codes and
// client assertions) and the queue of outgoing messages. It is the only package that imports gorm. Postgres (through pgx) and SQLite (modernc.org/sqlite, no cgo) run the
// same code over the same schema.
//
// Changes happen in a transaction: [Store.InTx] gives a [Tx], whose methods do one thing each, and commits all of it or
// nothing. Reads are methods of Store and of Tx alike. Compare-and-swap and consume are single statements, never a read
// and then a write, so that any number of nodes may share one database.
//
// What it promises its callers:
//   - Errors carry idp codes: idp.ErrNotFound, idp.ErrConflict (it exists already, or compare-and-swap lost), idp.ErrUsed,
//     idp.ErrInvalid (text that SQL cannot hold) and idp.ErrUnavailable (down, slow, locked). Driver texts stay in the cause.
//   - A call answers within [Limit], whatever the database does.
//   - Times are UTC with microseconds, equal on both engines; zero times are NULL.
//   - Authenticator keys, telephone numbers and private keys are sealed, bound to "table/column/row".
//   - A find that names a practice answers idp.ErrNotFound for what belongs to another one.
//   - Lists of a practice of 10,000 people and of 1,000 practices read what they show and little more: plan_test.go looks at how
//     Postgres answers each. People's names are kept folded beside them, in step with them; [Store.Repair] does that for rows that
//     nodes of the previous release write, and [Store.Clean] removes rows that have long been over.
//
// It decides nothing: no policy, no clock, no defaults. Migrations are in migrations/ (goose, embedded), one directory for
// each engine; River keeps its own tables beside ours.
package sqlstore
