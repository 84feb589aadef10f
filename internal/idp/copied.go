package idp

// Copied names a kind of stored facts of which nodes keep copies in memory.
type Copied string

// The kinds. A copy that is not one of these, and is not looked up again for each request, does not exist.
const (
	CopiedClients Copied = "clients" // clients, and whether the practices of integrations are suspended
	CopiedKeys    Copied = "keys"    // signing keys
	CopiedEpoch   Copied = "epoch"   // when a backup was restored last

	// CopiedStanding is whose sessions are over, people and practices, and which access tokens are revoked. Its version is in Redis, and
	// not counted in SQL: people who sign out at once would wait for each other.
	CopiedStanding Copied = "standing"
)
