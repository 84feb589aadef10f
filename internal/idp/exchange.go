package idp

import "strings"

// Exchange is what an app may do at an API of another app for the person who is signed in (RFC 8693): a pair of the two, with the scopes
// that it has at most.
type Exchange struct {
	API    ClientID
	Scopes []string // sorted
}

// String writes it as files and commands have it: api=scope,scope.
func (e Exchange) String() string { return string(e.API) + "=" + strings.Join(e.Scopes, ",") }

// ParseExchange reads what String writes; is is false for a text that is none.
func ParseExchange(text string) (e Exchange, is bool) {
	api, scopes, found := strings.Cut(text, "=")
	return Exchange{API: ClientID(api), Scopes: strings.Split(scopes, ",")}, found && api != "" && scopes != ""
}
