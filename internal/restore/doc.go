// Package restore keeps a backup that is restored from reviving what was ended, used up or revoked after it was made.
//
// It owns the epoch (idp.Epoch): what was given before a restore is worth nothing after it. [Watch.Done] begins a new one, ends and spends
// what the backup brought back, and writes down, signed, what is missing in the audit trail. A [Watch] on every node notices a
// database that is older than what this installation has seen, and then the node gives nothing until that was run. What was seen is a
// [Mark]: a place in the audit log's tree, kept outside of the database by each [Keeper].
//
// It decides nothing about what an event or a session is, and it knows no table: the store says what it does with each.
package restore
