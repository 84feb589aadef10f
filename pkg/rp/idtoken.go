package rp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

const idTokenType = "JWT" // #nosec G101 -- a name

// checkType refuses a token that names another type than this one, so that no token of the provider is taken for one of another
// kind (RFC 8725, sections 3.11 and 3.12). It may name none: OpenID Connect Core leaves the type of an ID token open, and Back-Channel
// Logout 1.0, section 2.4 only recommends that of a logout token. Types are media types: in any case, and with or without "application/"
// (RFC 7515, section 4.1.9).
func checkType(raw, want string) error {
	token, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		return err
	}
	if len(token.Signatures) != 1 {
		return errors.New("it has not one signature")
	}
	named, found := token.Signatures[0].Protected.ExtraHeaders[jose.HeaderType]
	if !found {
		return nil
	}
	typ, _ := named.(string)
	if !strings.EqualFold(strings.TrimPrefix(strings.ToLower(typ), "application/"), want) {
		return fmt.Errorf("its type is %q", fmt.Sprint(named))
	}
	return nil
}

// readIDToken makes every check of OpenID Connect Core, section 3.1.3.7, but that of the nonce, which a refreshed token does not have.
// The library makes most; it leaves what the token is, when it was made, and for whom else.
func (p *provider) readIDToken(ctx context.Context, raw string, now time.Time) (*oidc.IDToken, error) {
	if err := checkType(raw, idTokenType); err != nil {
		return nil, err
	}
	idToken, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	var claims struct {
		AuthorizedParty *string         `json:"azp"`
		Events          json.RawMessage `json:"events"`
		AuthTime        int64           `json:"auth_time"`
	}
	if err := idToken.Claims(&claims); err != nil {
		return nil, err
	}
	latest := now.Add(clockSlack)
	switch {
	case idToken.Subject == "" || idToken.IssuedAt.Unix() <= 0: // both are required (section 2)
		return nil, errors.New("without sub or iat")
	case len(idToken.Audience) != 1:
		return nil, errors.New("for others too, of whom this app knows nothing")
	case claims.AuthorizedParty != nil && *claims.AuthorizedParty != idToken.Audience[0]:
		return nil, fmt.Errorf("azp is %q", *claims.AuthorizedParty)
	case claims.Events != nil: // a logout token (Back-Channel Logout 1.0, section 2.4)
		return nil, errors.New("it tells of events")
	case idToken.IssuedAt.After(latest) || time.Unix(claims.AuthTime, 0).After(latest):
		return nil, errors.New("of the future")
	}
	return idToken, nil
}
