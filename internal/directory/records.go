package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/mailbox"
)

// Records reads what is stored, outside of a transaction. It decides nothing: the queries of the services ask policy first.
type Records interface {
	// FindAccount returns idp.ErrNotFound if there is none, in any practice.
	FindAccount(ctx context.Context, id idp.UserID) (idp.Account, error)
	// FindAccountByUsername takes a normalised user name; idp.ErrNotFound if there is none.
	FindAccountByUsername(ctx context.Context, username string) (idp.Account, error)
	// FindPractice returns idp.ErrNotFound if there is none.
	FindPractice(ctx context.Context, id idp.PracticeID) (idp.Practice, error)
	// FindClient returns idp.ErrNotFound if there is none. A disabled one is returned.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
	// FindSession returns it, ended or not; idp.ErrNotFound if there is none.
	FindSession(ctx context.Context, id idp.SID) (idp.Session, error)
	// FindLink returns the link of this hash, used or not; idp.ErrNotFound if there is none.
	FindLink(ctx context.Context, hash string) (idp.Link, error)
	// FindUserHandle returns how passkeys name the person; idp.ErrNotFound if they never had one.
	FindUserHandle(ctx context.Context, practice idp.PracticeID, user idp.UserID) (idp.UserHandle, error)
	// FindInvite returns the newest invitation of the person, open or not; idp.ErrNotFound if there is none.
	FindInvite(ctx context.Context, practice idp.PracticeID, user idp.UserID) (idp.Link, error)
	// FindGuards returns the failure counters of the person: password (by user name), code and PIN; those that don't exist are
	// absent.
	FindGuards(ctx context.Context, user idp.User) ([]idp.Guard, error)
	// CountPractice counts the practice's people.
	CountPractice(ctx context.Context, practice idp.PracticeID) (Counts, error)
	// ListHolders returns the practice of each of these user names that is taken; at most MaxImport may be asked for.
	ListHolders(ctx context.Context, usernames []string) (map[string]idp.PracticeID, error)
	// CountMFA counts, of the practice's people who are not disabled, how many were there at each of these times, which ascend, and
	// how many of those had the oldest of the authenticators that they have now.
	CountMFA(ctx context.Context, practice idp.PracticeID, times []time.Time) ([]MFACount, error)
	// SearchPractices lists practices by name, then identifier.
	SearchPractices(ctx context.Context, q PracticeQuery, page Page) ([]idp.Practice, string, error)
	// SearchUsers lists people of one practice. now decides which locks are over.
	SearchUsers(ctx context.Context, practice idp.PracticeID, q UserQuery, page Page, now time.Time) ([]Person, string, error)
	// BrowseUsers lists people of one practice likewise, in both directions, and counts them.
	BrowseUsers(ctx context.Context, practice idp.PracticeID, q UserQuery, page UserPage, now time.Time) (UserList, error)
	// SearchEverywhere lists people of all practices, at most most, by practice and then by name: those in whose name or user name each
	// word of the text is a part (idp.Fold). They come without their password hashes.
	SearchEverywhere(ctx context.Context, typed string, most int) ([]idp.User, error)
	// SearchClients lists clients by name, then identifier.
	SearchClients(ctx context.Context, q ClientQuery, page Page) ([]idp.Client, string, error)
	// ListSessions lists the person's sessions, newest first, ended ones too.
	ListSessions(ctx context.Context, practice idp.PracticeID, user idp.UserID, page Page) ([]idp.Session, string, error)
	// CountSessions counts the sessions that are open now, up to MostSessions, and their people.
	CountSessions(ctx context.Context, q SessionQuery, now time.Time) (SessionCount, error)
	// SearchEvents lists the events of a practice, newest first; practice "" means those that belong to none.
	SearchEvents(ctx context.Context, practice idp.PracticeID, q EventQuery, page Page) ([]idp.AuditEvent, string, error)
	// SearchActivity lists events likewise, but of the steps of one sign-in only the last that the query finds.
	SearchActivity(ctx context.Context, practice idp.PracticeID, q EventQuery, page Page) ([]idp.AuditEvent, string, error)
	// CountActivity counts what SearchActivity lists; after is the cursor of the page whose lines before it are counted too.
	CountActivity(ctx context.Context, practice idp.PracticeID, q EventQuery, after string) (ActivityCount, error)
	// ListSteps lists the steps of these sign-ins, oldest first, at most 5,000: those about the person, or all if user is "".
	ListSteps(ctx context.Context, practice idp.PracticeID, user idp.UserID, signins []idp.SID) ([]idp.AuditEvent, error)
	// FindActivation returns idp.ErrNotFound if there is none.
	FindActivation(ctx context.Context, id idp.ActivationID) (idp.Activation, error)
	// LastActivation returns the practice's newest request; idp.ErrNotFound if it never made one.
	LastActivation(ctx context.Context, practice idp.PracticeID) (idp.Activation, error)
	// ListActivations lists the requests in a state, oldest first.
	ListActivations(ctx context.Context, state idp.ActivationState, page Page) ([]idp.Activation, string, error)
	// FindCase returns idp.ErrNotFound if there is none.
	FindCase(ctx context.Context, id idp.CaseID) (idp.Case, error)
	// SearchCases lists cases, newest first.
	SearchCases(ctx context.Context, q CaseQuery, page Page) ([]idp.Case, string, error)
	// ListManagers lists the practice's active people with the role, by user name, at most 200.
	ListManagers(ctx context.Context, practice idp.PracticeID, role idp.Role) ([]idp.User, error)
	// ListMailboxes lists the user names of the practice's active people, at most limit, by user name: for the check on shared ones.
	ListMailboxes(ctx context.Context, practice idp.PracticeID, limit int) ([]string, error)
	// ListAutomated lists up to 20 people of the practice whose sign-ins since then came from programs rather than browsers (the
	// user agent does not begin with "Mozilla/"), with one such user agent each.
	ListAutomated(ctx context.Context, practice idp.PracticeID, since time.Time) ([]Automated, error)
}

// Page asks for a part of a list. Pages follow one another by key, so that none is missed or seen twice while rows are added.
type Page struct {
	After string // the cursor that came with the page before; "" for the first
	Limit int    // 1 to 200; 0 means 50
}

// Counts of a practice's people. All but Disabled count those who are not disabled.
type Counts struct {
	People      int64
	Enrolled    int64 // with an authenticator
	Passkeys    int64 // with a passkey
	Managers    int64 // with idp.RoleUserManagement
	Invited     int64 // asked to join, and without a password so far
	NeverSigned int64 // have not signed in yet
	Disabled    int64
}

// MFACount is how many of a practice's people were ready for MFA at a time.
type MFACount struct {
	At            time.Time
	People, Ready int64
}

// PracticeQuery narrows a list of practices; zero fields do not.
type PracticeQuery struct {
	Search string // words, each of which is a part of the name (idp.Fold), or the whole identifier
	State  idp.PracticeState
	MFA    idp.MFAState
}

// ClientQuery narrows a list of clients; zero fields do not.
type ClientQuery struct {
	PracticeID idp.PracticeID // integrations bound to it
	Kinds      []idp.ClientKind
	Search     string    // words, each of which is a part of the name (idp.Fold), or the beginning of the identifier
	ReviewBy   time.Time // clients with a review date before this time
	Dated      bool      // those with a review date, or a secret that ends: no others are ever to be reminded of
}

// EventQuery narrows a list of events; zero fields do not.
type EventQuery struct {
	UserID   idp.UserID // the person whom the event is about
	ClientID idp.ClientID
	SID      idp.SID
	Type     idp.EventType // a whole type, or a beginning that ends with "." and stands for several types: "mfa."
	Result   idp.Result
	From     time.Time // at or after
	Until    time.Time // before
}

// CaseQuery narrows a list of cases; zero fields do not.
type CaseQuery struct {
	PracticeID idp.PracticeID
	UserID     idp.UserID
	States     []idp.CaseState
	OpenedBy   idp.UserID
}

// Automated is a person whose account a program signs in with.
type Automated struct {
	User      idp.User // identifier, user name and name only
	UserAgent string
	At        time.Time // when the program last signed in
}

// findByName finds the account that a person means by this user name; idp.ErrNotFound if there is none.
func findByName(ctx context.Context, in Records, typed string) (idp.Account, error) {
	return mailbox.Find(typed, func(username string) (idp.Account, error) { return in.FindAccountByUsername(ctx, username) })
}
