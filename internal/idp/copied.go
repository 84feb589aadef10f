package idp

// Copied names a kind of stored facts of which nodes keep copies in memory.
type Copied string

// The kinds. A copy that is not one of these, and is not looked up again for each request, does not exist.
const (
	CopiedClients Copied = "clients" // clients, and whether the practices of integrations are suspended
	CopiedKeys    Copied = "keys"    // signing keys
	CopiedEpoch   Copied = "epoch"   // when a backup was restored last
)
