package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// CodeBinding is what ties an authorization code to the sign-in that asked for it, so that a code that was stolen on its way is worth
// nothing in another one (RFC 9700, section 4.5).
type CodeBinding string

// What an app may be asked to send.
const (
	BindByPKCE   CodeBinding = "pkce"          // a code_challenge, whatever else it sends
	BindByEither CodeBinding = "pkce_or_nonce" // a code_challenge or a nonce
	BindByNone   CodeBinding = "none"          // neither
)

// BindingOf is what the app must send. An app without a secret or key always needs PKCE (OAuth 2.1, section 7.5.1); one that has one
// may send a nonce in its place, which an OpenID Connect client compares with that of its ID token (the exception of that section, and
// of RFC 9700, section 2.1.1). Its registration may ask for PKCE all the same, or for neither.
func BindingOf(app idp.Registration) CodeBinding {
	confidential := app.Kind == idp.ClientWeb && app.AuthMethod.Confidential()
	switch {
	case !confidential || app.PKCERequired || FAPI2(app):
		return BindByPKCE
	case app.PKCEOptional:
		return BindByNone
	default:
		return BindByEither
	}
}

// Met reports whether a request with this challenge and this nonce, either "" if there is none, sent what b asks for.
func (b CodeBinding) Met(challenge, nonce string) bool {
	switch b {
	case BindByNone:
		return true
	case BindByEither:
		return challenge != "" || nonce != ""
	default:
		return challenge != ""
	}
}

// noPKCEFor is for how long after its last sign-in without PKCE an app is named to operators.
const noPKCEFor = 30 * 24 * time.Hour

// SignsInWithoutPKCE reports whether people sign in to the app without PKCE these days. A nonce in its place is allowed and is not as
// good: it depends on the app comparing it.
func SignsInWithoutPKCE(app idp.Client, now time.Time) bool {
	return !app.Disabled && !app.NoPKCEAt.IsZero() && now.Before(app.NoPKCEAt.Add(noPKCEFor))
}
