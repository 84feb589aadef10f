package door

import (
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
)

// Visitor is the person who is signed in, as stored at the time of the request.
type Visitor struct {
	Account idp.Account
	Session idp.Session
	Client  idp.Client
	Caller  directory.Caller
	Now     time.Time
}

// Zone is where the visitor reads: times in the practice's zone, and dates as in its region.
func (v Visitor) Zone() idp.Place { return v.Account.Practice.Place() }

// Proofs is what the visitor must have proved to give the command.
func (v Visitor) Proofs(command policy.Command) policy.Proofs {
	return policy.ProofsOf(command, policy.Actor{
		Kind: v.Caller.Kind, User: v.Account.User, Practice: v.Account.Practice, Enrolled: len(v.Account.Authenticators) > 0,
	})
}

// MayBegin reports whether the visitor's proofs are fresh enough to fill in a form that gives the command.
func (v Visitor) MayBegin(command policy.Command) bool {
	return v.Proofs(command).MayBegin(v.Caller.Proved, v.Now)
}

// Shell is the frame around the pages of the app whose first page is home: who is signed in, and the parts of the app; in is the
// label of the part that the visitor is in.
func (v Visitor) Shell(home, in string, parts ...web.NavItem) *web.Shell {
	for i := range parts {
		parts[i].Current = parts[i].Label == in
	}
	return &web.Shell{
		App: v.Client.Name, Home: home, Nav: parts, Who: v.Account.User.Name, Username: v.Account.User.Username,
		Practice: v.Account.Practice.Name, Account: "/account", SignOut: home + "/sign-out",
	}
}
