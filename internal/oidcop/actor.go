package oidcop

import "github.com/apscloud/apsid/internal/idp"

// actor is who acts for the person, and for whom that one does in turn (RFC 8693, section 4.1).
type actor struct {
	Subject idp.ClientID `json:"sub"`
	Before  *actor       `json:"act,omitempty"`
}

// actorOf is the claim for a chain, the latest first; nil for none.
func actorOf(chain []idp.ClientID) *actor {
	if len(chain) == 0 {
		return nil
	}
	return &actor{Subject: chain[0], Before: actorOf(chain[1:])}
}

func (a *actor) chain() (chain []idp.ClientID) {
	for ; a != nil; a = a.Before {
		chain = append(chain, a.Subject)
	}
	return chain
}
