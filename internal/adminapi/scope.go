package adminapi

// Scope is what a token may be used for. What its bearer may do is decided besides, by their rights.
type Scope string

// The scopes there are.
const (
	PracticesRead  Scope = "practices:read"
	PracticesWrite Scope = "practices:write"
	UsersRead      Scope = "users:read"
	UsersWrite     Scope = "users:write"
	MFAReset       Scope = "mfa:reset"
	MFAActivate    Scope = "mfa:activate"
	SessionsRead   Scope = "sessions:read"
	SessionsEnd    Scope = "sessions:end"
	ClientsRead    Scope = "clients:read"
	ClientsWrite   Scope = "clients:write"
	CasesRead      Scope = "cases:read"
	CasesWrite     Scope = "cases:write"
	EventsRead     Scope = "events:read"
)

// Scopes says what each scope is for.
func Scopes() map[Scope]string {
	return map[Scope]string{
		PracticesRead:  "See practices, their apps and their MFA status",
		PracticesWrite: "Create, edit, suspend and resume practices, and change their apps",
		UsersRead:      "See people",
		UsersWrite:     "Invite, edit, disable, enable and unlock people, and send password resets",
		MFAReset:       "Reset a person's MFA",
		MFAActivate:    "Request, activate and decline MFA for a practice, and make it mandatory",
		SessionsRead:   "See a person's sessions",
		SessionsEnd:    "End sessions",
		ClientsRead:    "See apps and integrations",
		ClientsWrite:   "Register and edit apps and integrations, and change their secrets",
		CasesRead:      "See support cases; people of APS only",
		CasesWrite:     "Work on support cases; people of APS only",
		EventsRead:     "See the audit trail of a practice",
	}
}
