package oidcop

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// spentUntil is how long is remembered that what ends at a time is spent: longer, so that a clock that is set back by less than the
// difference, or a node's that differs, revives nothing.
func spentUntil(end time.Time) time.Time { return end.Add(time.Hour) }

// The names under which Spent remembers things. The first word keeps the kinds apart; what follows it is ours, or signed by the
// client that it names, and a client's identifier has no space.

// tokenName is of a revoked access token: by its identifier (`jti`), or by its hash if it is opaque.
func tokenName(id string) string { return "token " + id }

func codeName(code string) string { return "code " + code }

func assertionName(client idp.ClientID, id string) string {
	return "assertion " + string(client) + " " + id
}
