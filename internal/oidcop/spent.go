package oidcop

import "github.com/apscloud/apsid/internal/idp"

// The names under which Spent remembers things. The first word keeps the kinds apart; what follows it is ours, or signed by the
// client that it names, and a client's identifier has no space.

// tokenName is of a revoked access token: by its identifier (`jti`), or by its hash if it is opaque.
func tokenName(id string) string { return "token " + id }

func codeName(code string) string { return "code " + code }

func assertionName(client idp.ClientID, id string) string {
	return "assertion " + string(client) + " " + id
}
