package idp

import "time"

// Role is a right of a user beyond signing in.
type Role string

// The roles there are.
const (
	RoleUserManagement      Role = "user_management"      // may use User Management+ in the own practice
	RoleSystemAdministrator Role = "system_administrator" // the practice's administrator
	RoleAPSStaff            Role = "aps_staff"            // works at APS; MFA always
)

// UserState says whether the user may sign in.
type UserState string

// The states of a user.
const (
	UserActive   UserState = "active"
	UserDisabled UserState = "disabled"
)

// User is a person of exactly one practice.
type User struct {
	ID         UserID
	PracticeID PracticeID
	Username   string // the e-mail address, normalised by mailbox.Parse; unique across practices
	Name       string // as shown to people
	State      UserState
	Roles      []Role // sorted
	// BlockedApps are the apps of the practice that this person may not use, sorted. Empty: the person may use all of them.
	BlockedApps []ClientID

	PasswordHash      Secret // encoded with its parameters; empty: no password yet
	PasswordChangedAt time.Time
	PasswordResetAt   time.Time // the last reset by e-mail; zero if never. It pauses the recovery PIN (policy.PINUsable)

	EmailVerifiedAt time.Time // when a link proved last that its user holds this mailbox; zero: never (policy.MailboxProved)

	UsernameChangedAt time.Time // when the user name was last changed; zero: never, or by the shell in a release that did not note that
	UsernameChangedBy []Actor   // people and integrations who did, since the person last signed in, oldest first (policy.Rename)

	CreatedAt    time.Time
	UpdatedAt    time.Time
	LastSigninAt time.Time // zero: never
	Version      int64     // compare-and-swap; 1 when created
}

// HasRole reports whether the user holds the role.
func (u User) HasRole(role Role) bool {
	for _, r := range u.Roles {
		if r == role {
			return true
		}
	}
	return false
}

// Invited reports whether the person was asked to join and has not chosen a password yet: until then they can't sign in. It
// holds for records without the hash too.
func (u User) Invited() bool {
	return u.State == UserActive && !u.HasPassword()
}

// HasPassword reports whether a password was chosen or imported, even if the account was disabled since. It holds for records
// without the hash too.
func (u User) HasPassword() bool {
	return !u.PasswordHash.IsZero() || !u.PasswordChangedAt.IsZero()
}

// IsBlocked reports whether the person may not use the app, although the practice has it.
func (u User) IsBlocked(app ClientID) bool {
	for _, a := range u.BlockedApps {
		if a == app {
			return true
		}
	}
	return false
}
