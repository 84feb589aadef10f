package idp

import "time"

// Grant is what an authorization code stands for until it is redeemed.
type Grant struct {
	ClientID      ClientID
	RedirectURI   string
	Scopes        []string
	Resources     []string // the APIs that its tokens may be for (RFC 8707); none: the app itself
	Nonce         string
	CodeChallenge string // S256; empty: the request had none, and then a verifier is refused
	Claims        string // the claims that the app asked for one by one (OpenID Connect Core, section 5.5), JSON; "": none
	SID           SID
	UserID        UserID
	IssuedAt      time.Time
	JKT           string // the thumbprint of the key that its tokens are bound to (RFC 9449, section 10); "": any or none
}

// Reference is what an opaque access token stands for.
type Reference struct {
	ClientID   ClientID
	Subject    string
	PracticeID PracticeID
	Audience   []string
	Scopes     []string
	Claims     []string // what the app asked userinfo for, one by one
	SID        SID      // "" for a machine
	ACR        ACR
	AMR        []AMR
	AuthTime   time.Time
	IssuedAt   time.Time
	ExpiresAt  time.Time
	JKT        string // the thumbprint of the key that it is bound to (RFC 9449, section 6); "": none
	X5T        string // the thumbprint of the certificate that it is bound to (RFC 8705, section 3.1); "": none
}

// PushedRequest is an authorization request that an app has pushed (RFC 9126).
type PushedRequest struct {
	ClientID ClientID
	Query    string // its parameters, encoded; none that authenticates
}
