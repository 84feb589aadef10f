package oidcop

import (
	"context"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/signin"
)

// Grant is idp.Grant, under the name this package knows it by.
type Grant = idp.Grant

// Reference is idp.Reference likewise.
type Reference = idp.Reference

// Codes keeps authorization codes, by hash. They may vanish: then the app starts again.
type Codes interface {
	// CreateCode keeps the grant for ttl.
	CreateCode(ctx context.Context, hash string, g Grant, ttl time.Duration) error
	// ConsumeCode returns the grant to exactly one caller. Later ones get idp.ErrUsed together with the grant, for ten minutes
	// after the code was created, so that the reuse can end its session; after that, and for an unknown code, idp.ErrNotFound.
	ConsumeCode(ctx context.Context, hash string) (Grant, error)
}

// References keeps opaque access tokens, by hash, until they expire: for nodes of the previous release, and those that such nodes gave.
type References interface {
	// CreateReference keeps it until its ExpiresAt.
	CreateReference(ctx context.Context, hash string, r Reference) error
	// FindReference returns idp.ErrNotFound for one that is gone.
	FindReference(ctx context.Context, hash string) (Reference, error)
	// DeleteReference removes it; one that is gone is no error.
	DeleteReference(ctx context.Context, hash string) error
}

// Sealer seals what only nodes of the provider may read; place says what it is.
type Sealer interface {
	Seal(plaintext []byte, place string) ([]byte, error)
	Open(sealed []byte, place string) ([]byte, error)
}

// Spent remembers in SQL what must never be good again, until it would be over by itself: revoked access tokens, used codes, used
// client assertions. Redis knows some of that too; losing it, or failing over to a replica that is behind, revives nothing.
type Spent interface {
	// Spend records that what name stands for is spent: of any number of callers, on any nodes, exactly one is first.
	Spend(ctx context.Context, name string, until time.Time) (first bool, err error)
	// Revoke is Spend for an access token: every node knows it before the answer.
	Revoke(ctx context.Context, name string, until time.Time) error
	// IsSpent reports whether it is.
	IsSpent(ctx context.Context, name string, now time.Time) (bool, error)
}

// Standing answers for access tokens as Spent does, by what it was told a moment ago if nothing was changed since.
type Standing interface {
	// IsSpent reports whether the token was revoked.
	IsSpent(ctx context.Context, name string, now time.Time) (bool, error)
}

// RefreshTokens keeps rotating refresh tokens, in SQL, by hash.
type RefreshTokens interface {
	// SpendFor is Spent.Spend, and stores the first token of a session for the caller that is first; kept is false if the session has
	// ended.
	SpendFor(ctx context.Context, name string, until time.Time, t idp.RefreshToken) (first, kept bool, err error)
	// FindRefreshTokenHolder returns it, used or not, with its session and person; idp.ErrNotFound if there is none.
	FindRefreshTokenHolder(ctx context.Context, hash string) (idp.RefreshToken, idp.SignedIn, error)
	// RotateRefreshToken marks old as used and stores next, both or neither. If old was used before, less than grace ago, next is stored
	// beside the token that it gave first, and again is true; otherwise it is idp.ErrUsed, as it is for a session that has got too many
	// tokens lately. It is idp.ErrNotFound if there is no such token or its session has ended.
	RotateRefreshToken(ctx context.Context, oldHash string, next idp.RefreshToken, grace time.Duration, now time.Time) (again bool, err error)
	// IsPassedRefresh reports whether the session has a token that came after this generation.
	IsPassedRefresh(ctx context.Context, sid idp.SID, generation uint32) (bool, error)
}

// Pushed keeps authorization requests that apps have pushed, by the hash of their name. They may vanish: then the app starts again.
type Pushed interface {
	// CreatePushed keeps it for ttl.
	CreatePushed(ctx context.Context, hash string, r idp.PushedRequest, ttl time.Duration) error
	// FindPushed returns it; idp.ErrNotFound for one that is gone.
	FindPushed(ctx context.Context, hash string) (idp.PushedRequest, error)
}

// SeenProofs remembers DPoP proofs for the minute that they could be used again (RFC 9449, section 11.1).
type SeenProofs interface {
	// See reports whether the proof of this name is seen for the first time: of any number of callers, on any nodes, by exactly one.
	See(ctx context.Context, name string, life time.Duration) (first bool, err error)
}

// Proofs tells texts of this installation from others (package seal).
type Proofs interface {
	// MAC proves the text in this place, in 16 bytes.
	MAC(text []byte, place string) []byte
	// VerifyMAC reports whether MAC made the proof, on any node, and before the keys were rotated too.
	VerifyMAC(text []byte, place string, proof []byte) bool
}

// ClientKeys has the public keys of clients (package clientkeys).
type ClientKeys interface {
	// Find returns the keys of the client, those that it publishes too. If none of them fits it looks again first, as often as it may. An
	// error says why the client has no keys now.
	Find(ctx context.Context, client idp.Registration, fits func(jose.JSONWebKeySet) bool) (jose.JSONWebKeySet, error)
}

// Clients reads relying parties. The implementation given to this package keeps them in memory.
type Clients interface {
	// FindClient returns idp.ErrNotFound if there is none.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
	// FindAPI returns the API of this identifier, disabled or not; idp.ErrNotFound if there is none.
	FindAPI(ctx context.Context, identifier string) (idp.Client, error)
}

// Origins knows from where the pages of browser apps call.
type Origins interface {
	// HasOrigin reports whether an enabled client has the origin. Callers without a sign-in ask as often as they like, about any text:
	// that must cost no query.
	HasOrigin(ctx context.Context, origin string) (bool, error)
}

// KnownClients are the clients in memory.
type KnownClients interface {
	Clients
	Origins
}

// StoredClients reads them as they are stored, and the practices that integrations belong to.
type StoredClients interface {
	// FindClient returns idp.ErrNotFound if there is none.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
	// ListApps returns every client that people sign in to, enabled or not.
	ListApps(ctx context.Context) ([]idp.Client, error)
	// ListAPIs returns every API, disabled or not.
	ListAPIs(ctx context.Context) ([]idp.Client, error)
	// FindPractice returns idp.ErrNotFound if there is none.
	FindPractice(ctx context.Context, id idp.PracticeID) (idp.Practice, error)
}

// Usage remembers when a client was last used, and how. It asks no store: that would cost each token of a machine a query.
type Usage interface {
	// Used is called with every token that is given.
	Used(client idp.ClientID, now time.Time)
	// UsedWithoutPKCE is called with every code that gave tokens and whose request had no challenge.
	UsedWithoutPKCE(client idp.ClientID, now time.Time)
}

// Refusals records requests that were refused, and what else would fill the trail.
type Refusals interface {
	// Refuse records one. Callers without a sign-in cause these events, as often as they like, so events of one type, reason and client
	// share lines.
	Refuse(ctx context.Context, e idp.AuditEvent)
}

// SignIns runs sign-ins (package signin).
type SignIns interface {
	// Begin starts one, for a browser at this network address. idp.ErrBusy with RetryAfter: the network has begun too many;
	// idp.ErrUnavailable: none can be started now.
	Begin(ctx context.Context, request signin.Request, address string, now time.Time) (signin.Begun, error)
	// Admit counts a request that is kept for a sign-in to come, and that anybody can send, as Begin counts. Its error is that of Begin.
	Admit(ctx context.Context, client idp.ClientID, address string, now time.Time) error
	// Finish consumes a sign-in that is done, exactly once and only for the browser that did it. *signin.Unfinished: it is not
	// done; *signin.Restarted: another one was begun in its place; idp.ErrNotFound: nothing is known of it.
	Finish(ctx context.Context, browser signin.Browser, now time.Time) (signin.Finished, error)
}

// Sessions answers for signed-in browsers (package session). *session.Ended, which is an idp.ErrNotFound, says of a session
// that it is over, and why.
type Sessions interface {
	// Current returns the live session of this browser at this app, with its person; *session.Ended or idp.ErrNotFound.
	Current(ctx context.Context, cookie idp.Secret, client idp.Client, now time.Time) (idp.SignedIn, error)
	// Check returns the session if it is alive, with its person; *session.Ended or idp.ErrNotFound.
	Check(ctx context.Context, sid idp.SID, client idp.Client, now time.Time) (idp.SignedIn, error)
	// CheckUnspent is Check for something of the session that has a name among Spent: idp.ErrNotFound if that was spent, too.
	CheckUnspent(ctx context.Context, sid idp.SID, name string, client idp.Client, now time.Time) (idp.SignedIn, error)
	// CheckFound is Check of a session that was just read.
	CheckFound(ctx context.Context, found idp.SignedIn, client idp.Client, now time.Time) (idp.SignedIn, error)
	// Confirm asks whether the person of a live session may still have something new at the app, as they were read; if not
	// it ends the session, and the error is *session.Ended.
	Confirm(ctx context.Context, alive idp.SignedIn, client idp.Client, now time.Time) error
	// Find returns it, over or not; idp.ErrNotFound if there is none.
	Find(ctx context.Context, sid idp.SID) (idp.Session, error)
	// FindHere returns the session of this browser at this app, over or not; idp.ErrNotFound if it has none.
	FindHere(ctx context.Context, cookie idp.Secret, client idp.ClientID) (idp.Session, error)
	// End ends it and its refresh tokens, and writes the event; one that was ended before is left alone.
	End(ctx context.Context, sid idp.SID, reason idp.EndReason, event idp.AuditEvent, now time.Time) error
	// Report records that the person was active age ago. idp.ErrInvalid: an age that can't be; idp.ErrBusy: too soon after the
	// last report; *session.Ended; idp.ErrNotFound.
	Report(ctx context.Context, sid idp.SID, client idp.Client, age time.Duration, now time.Time) (session.Standing, error)
	SignOns
}

// SignOns are the sessions that share a sign-in within a group of apps.
type SignOns interface {
	// ListApps returns every app.
	ListApps(ctx context.Context) ([]idp.ClientID, error)
	// ListGroup returns the other apps of the client's group.
	ListGroup(ctx context.Context, client idp.Client) ([]idp.ClientID, error)
	// FindCandidate looks for a live session of this browser at another app of the client's group; cookie returns this browser's
	// cookie at an app, zero if it has none.
	FindCandidate(ctx context.Context, client idp.Client, cookie func(idp.ClientID) (idp.Secret, error), now time.Time) (session.Candidate, error)
	// Join starts a session at the client on the proofs of a candidate that was granted, and writes the event. idp.ErrConflict:
	// that sign-in has had a session at this app already, or has ended, or may said no to the person as they are when it starts.
	Join(ctx context.Context, client idp.Client, from idp.Session, cookie idp.Secret, event idp.AuditEvent, may func(idp.Account) bool, now time.Time) (idp.Session, error)
	// EndSignOn is End for a session and all others that rest on the same sign-in, with an event for each.
	EndSignOn(ctx context.Context, one idp.Session, reason idp.EndReason, event idp.AuditEvent, now time.Time) error
}

// Keys signs and verifies (package keyring).
type Keys interface {
	// Sign returns payload as a compact JWS with kid and typ in its header. alg is "ES256" or "RS256".
	Sign(ctx context.Context, alg, typ string, payload []byte) (string, error)
	// Document returns the key set as it is published, which holds nothing but public keys: those that tokens in use are verified with, and
	// those about to sign. It is the same slice as long as no key changes; read only.
	Document() []byte
	// Find returns one of them. It may wait a moment for a key that this node has not heard of yet, which costs next to nothing however
	// many unknown ones are asked for.
	Find(ctx context.Context, kid string, now time.Time) (jose.JSONWebKey, bool)
}

// Pages shows what must be said to a person rather than to an app. Its pages carry their own security headers.
type Pages interface {
	// Error says what went wrong; nothing of the request stands in it.
	Error(w http.ResponseWriter, r *http.Request, status int, title, message string)
	// Unavailable says that a store does not answer, and has a link that tries again; "" for none.
	Unavailable(w http.ResponseWriter, r *http.Request, again string)
	// Refused is Error for a request that the makers of an app have to mend: detail says to them what is wrong, beside the reference of
	// the request.
	Refused(w http.ResponseWriter, r *http.Request, title, message, detail string)
	// Reference names the request, as its line in the log does.
	Reference(r *http.Request) string
	// FormPost posts the fields to action by itself, with a button where there are no scripts (OAuth 2.0 Form Post Response
	// Mode). The page may frame nothing and post nowhere else.
	FormPost(w http.ResponseWriter, r *http.Request, action string, fields []FormField)
	// ConfirmLogout asks whether to sign out, and posts the view's fields back to its action.
	ConfirmLogout(w http.ResponseWriter, r *http.Request, view LogoutView)
	// SignedOut says that it is done.
	SignedOut(w http.ResponseWriter, r *http.Request, view LogoutView)
}

// FormField is a hidden field of a form.
type FormField struct{ Name, Value string }

// LogoutView is what the pages of a logout show.
type LogoutView struct {
	App    string      // the app's name
	AppURI string      // where the app starts a sign-in; "" if it has none
	Action string      // ConfirmLogout: where its form is posted
	Fields []FormField // ConfirmLogout: what it posts
}
