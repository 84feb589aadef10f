// Package auditlog makes the audit trail provable: whoever changes, removes or reorders an event afterwards, with all the
// rights of the database, is found out.
//
// Events are written by the transactions that they tell about, and by nothing else; this package never writes one. Beside them
// it keeps a Merkle tree (RFC 6962, section 2.1; golang.org/x/mod/sumdb/tlog). A [Sealer] in the background gives every event a
// leaf, in batches, away from the path of any request: the hash of all that the event says, and the root of the tree up to
// there. Each batch ends with a checkpoint (C2SP, tlog-checkpoint): size and root, signed with an Ed25519 key that is kept
// sealed, so that the database alone cannot sign another. [Verify] recomputes all of it and names the first event at fault.
//
// What it cannot see from the inside, a trail and checkpoints cut back together to an earlier state, it sees with a checkpoint
// that was kept elsewhere.
//
// It also writes the trail out, for those who have to hand it over. It decides nothing about who may read it.
package auditlog
