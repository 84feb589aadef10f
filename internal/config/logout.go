package config

import (
	"net/url"

	"github.com/apscloud/apsid/internal/idp"
)

// Logout is how apps are told that a session of theirs has ended (OpenID Connect Back-Channel Logout 1.0).
type Logout struct {
	AllowLoopback bool `help:"Call apps on this machine too, and fetch the keys of clients there, by plain http too: for tests and demonstrations; only with an issuer on loopback."`
}

// check refuses AllowLoopback in production: a person who registers an app must not make this program call services on its own
// machine.
func (l Logout) check(issuer *url.URL) error {
	if l.AllowLoopback && !idp.IsLoopback(issuer.Hostname()) {
		return problem("backchannel-allow-loopback", "", "is for an issuer on loopback only: apps are called by https at public addresses")
	}
	return nil
}
