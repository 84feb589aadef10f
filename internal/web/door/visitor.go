package door

import (
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
)

// Freshness is how old proofs may be for an action that asks for fresh ones. A page that leads to such an action asks for them
// before its form is filled in, and accepts them while they have FormTime left, so that nobody's typing is lost.
const (
	Freshness = 15 * time.Minute
	FormTime  = 5 * time.Minute
)

// Visitor is who is here, as stored at the time of the request.
type Visitor struct {
	Account idp.Account
	Session idp.Session
	Client  idp.Client
	Caller  directory.Caller
	Now     time.Time
}

// Zone is the time zone in which the visitor reads clock times: the practice's.
func (v Visitor) Zone() string { return v.Account.Practice.TimeZone }

// IsFresh reports whether the person has proved who they are recently enough to act: with the second factor too, if acr is
// idp.ACRMFA.
func (v Visitor) IsFresh(acr idp.ACR) bool { return v.provedWithin(acr, Freshness) }

// MayBegin reports whether the proofs are fresh enough to begin filling in a form whose action needs fresh ones.
func (v Visitor) MayBegin(acr idp.ACR) bool { return v.provedWithin(acr, Freshness-FormTime) }

func (v Visitor) provedWithin(acr idp.ACR, d time.Duration) bool {
	return (acr != idp.ACRMFA || v.Session.ACR == idp.ACRMFA) && v.Now.Sub(v.Session.AuthTime) < d
}

// Shell is what stands around the pages of the app whose first page is home: who is here, and the parts of the app; in is the
// label of the one that the visitor is in.
func (v Visitor) Shell(home, in string, parts ...web.NavItem) *web.Shell {
	for i := range parts {
		parts[i].Current = parts[i].Label == in
	}
	return &web.Shell{
		App: v.Client.Name, Home: home, Nav: parts, Who: v.Account.User.Name, Username: v.Account.User.Username,
		Practice: v.Account.Practice.Name, Account: "/account", SignOut: home + "/sign-out",
	}
}
