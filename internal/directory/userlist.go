package directory

import (
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// UserQuery narrows a list of people, and says in which order they come.
type UserQuery struct {
	Search string // words, each of which is a part of the name or the user name, as idp.Fold has them
	Filter UserFilter
	IDs    []idp.UserID // only these, at most MaxImport; nil: no matter who
	Sort   UserSort
}

// UserFilter picks people by what needs doing.
type UserFilter string

// The filters there are.
const (
	FilterAll         UserFilter = ""
	FilterNotEnrolled UserFilter = "not_enrolled" // active, without an authenticator
	FilterNoPasskey   UserFilter = "no_passkey"   // active, without a passkey
	FilterLocked      UserFilter = "locked"       // a password, code or PIN is locked now
	FilterNeverSigned UserFilter = "never_signed_in"
	FilterInvited     UserFilter = "invited"
	FilterDisabled    UserFilter = "disabled"
	FilterManagers    UserFilter = "managers" // with idp.RoleUserManagement or idp.RoleSystemAdministrator
)

// UserSort is an order of a list of people; with "-" before it, the other way round.
type UserSort string

// The orders there are. People who are alike in one come by name, as idp.Fold has names, and then by identifier.
const (
	SortName       UserSort = "name" // also ""
	SortUsername   UserSort = "username"
	SortMFA        UserSort = "mfa"          // who has not set it up comes first, then by kinds of authenticators
	SortRights     UserSort = "rights"       // System Administrators first, then User Management+
	SortLastSignin UserSort = "last_sign_in" // who has never signed in comes first, then the longest ago
)

// Reverse returns the other way round.
func (s UserSort) Reverse() UserSort {
	if s.IsReverse() {
		return s.Forward()
	}
	return "-" + s.Forward()
}

// IsReverse reports whether it is turned round.
func (s UserSort) IsReverse() bool { return strings.HasPrefix(string(s), "-") }

// Forward returns the order without a direction: one of those above.
func (s UserSort) Forward() UserSort {
	if forward := strings.TrimPrefix(string(s), "-"); forward != "" {
		return UserSort(forward)
	}
	return SortName
}

// Person is a line of a list of people.
type Person struct {
	User   idp.User   // without its password hash
	Kinds  []idp.Kind // of the authenticators that are bound, sorted, without doubles
	Since  time.Time  // when the oldest of these authenticators was set up; zero: there is none
	Locked bool       // a password, code or PIN is locked now
}

// UserPage asks for a part of a list of people.
type UserPage struct {
	Page
	Back bool // the people before the cursor; without a cursor, the last page
}

// UserList is a part of a list of people, with its place in the list.
type UserList struct {
	People         []Person
	Before         int64  // people on the pages before this one
	Total          int64  // people on all pages
	Previous, Next string // cursors, for Back and not; "": there is no such page
}
