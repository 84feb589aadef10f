// Package auditlog makes the audit trail provable: that an event was changed, removed or reordered afterwards is found out, even
// if the attacker had all the rights of the database.
//
// Events are written by the transactions that they tell about, and by nothing else; this package writes one only when it moves the
// oldest into files ([Leave]), which the log's key signs. Beside them it keeps a Merkle tree (RFC 6962, section 2.1; golang.org/x/mod/sumdb/tlog). A [Sealer] in the background gives every event a
// leaf, in batches, away from the path of any request: the hash of all that the event says, and the root of the tree up to
// there. Each batch ends with a checkpoint (C2SP, tlog-checkpoint): size and root, signed with an Ed25519 key that is kept
// sealed, so that the database alone cannot sign another. [Verify] recomputes all of it and names the first event at fault.
// From the database alone it cannot see that trail and checkpoints were cut back together to an earlier state; with a checkpoint
// that was kept elsewhere it can.
// It also exports the trail, for people who have to hand it over. It does not decide who may read it.
package auditlog
