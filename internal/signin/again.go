package signin

import (
	"encoding/base64"
	"net/url"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// AgainLifetime is how long a browser keeps what begins its sign-in again: a page that was left open over night is of use in the morning.
const AgainLifetime = 16 * time.Hour

// longestAgain bounds what is given to a browser to keep (RFC 6265, section 6.1: 4096 bytes with the cookie's name and attributes).
const longestAgain = 3500

// sealAgain returns the request for the browser to keep, so that the store need not keep it for pages that stay open. Nobody can make or
// change one, and it fits this sign-in alone. It is zero for a request that is too long for a cookie.
func (s *Service) sealAgain(tx Transaction) (idp.Secret, error) {
	sealed, err := s.Sealer.Seal([]byte(tx.Request.encode()), againPlace(tx.ID))
	if err != nil {
		return idp.Secret{}, err
	}
	text := base64.RawURLEncoding.EncodeToString(sealed)
	if len(text) > longestAgain {
		return idp.Secret{}, nil
	}
	return idp.NewSecret(text), nil
}

// openAgain returns the request that the browser kept; false if it kept none of this sign-in.
func (s *Service) openAgain(b Browser) (Request, bool) {
	if b.Again.IsZero() || len(b.Again.Reveal()) > longestAgain {
		return Request{}, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(b.Again.Reveal())
	if err != nil {
		return Request{}, false
	}
	plain, err := s.Sealer.Open(sealed, againPlace(b.Transaction))
	if err != nil {
		return Request{}, false
	}
	return decodeRequest(string(plain))
}

func againPlace(tx string) string { return "signin/again/" + tx }

// encode keeps every byte of what the app sent, be it text or not.
func (r Request) encode() string {
	values := url.Values{}
	for name, value := range map[string]string{
		"client": string(r.ClientID), "uri": r.RedirectURI, "mode": r.ResponseMode, "scopes": strings.Join(r.Scopes, " "), "state": r.State,
		"resources": strings.Join(r.Resources, " "), // identifiers have no space
		"nonce":     r.Nonce, "challenge": r.CodeChallenge, "claims": r.Claims, "hint": r.LoginHint, "acr": string(r.RequestedACR), "query": r.Query, "jkt": r.JKT, "pushed": r.Pushed,
	} {
		if value != "" {
			values.Set(name, value)
		}
	}
	return values.Encode()
}

func decodeRequest(text string) (Request, bool) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return Request{}, false
	}
	return Request{
		ClientID: idp.ClientID(values.Get("client")), RedirectURI: values.Get("uri"), ResponseMode: values.Get("mode"),
		Scopes: strings.Fields(values.Get("scopes")), State: values.Get("state"), Nonce: values.Get("nonce"),
		Resources:     strings.Fields(values.Get("resources")),
		CodeChallenge: values.Get("challenge"), Claims: values.Get("claims"), LoginHint: values.Get("hint"),
		RequestedACR: idp.ACR(values.Get("acr")), Query: values.Get("query"), JKT: values.Get("jkt"), Pushed: values.Get("pushed"),
	}, true
}
