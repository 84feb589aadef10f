package authenticator

import "github.com/apscloud/apsid/internal/policy"

// Claim says for whom a hash is computed. Callers who have to wait are served in turns by network and by account, so that a crowd
// from one network, or at one account, waits behind itself. The zero Claim is the server's own work.
type Claim struct {
	Address string // the network address that the request came from
	Account string // the user name as it was typed, whether there is such an account or not; or the identifier of a person
	Proved  bool   // the caller has shown before that the account is theirs: a known browser, a link from their mailbox, a session
}

// caller is a Claim as turns compares it.
type caller struct {
	network, site, account string
	proved                 bool
}

func (c Claim) caller() caller {
	return caller{network: policy.Network(c.Address), site: policy.Site(c.Address), account: c.Account, proved: c.Proved}
}
