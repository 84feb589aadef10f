package server

import (
	"fmt"
	"net/http"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/passkey"
)

// partyOf is the relying party of passkeys; nil where the issuer is an IP address, to which browsers bind none.
func partyOf(c config.Node) (*passkey.Party, error) {
	bound := c.Passkeys()
	if bound.RPID == "" {
		return nil, nil
	}
	return passkey.New(passkey.Config{ID: bound.RPID, Name: c.Brand().Name, Origins: bound.Origins})
}

// relatedOrigins answers browsers that ask on which other pages the passkeys of this domain may be used.
func relatedOrigins(party *passkey.Party) (http.Handler, error) {
	document, err := party.RelatedOrigins()
	if err != nil {
		return nil, fmt.Errorf("--passkeys-origins: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(document)
	}), nil
}
