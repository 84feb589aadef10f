package rs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// standing is what the provider says of a token at this moment (RFC 7662, section 2.2).
type standing struct {
	active bool
	signed string // the answer as a JWT (RFC 9701); "": it was not asked for
}

// mediaSigned is what is accepted where a signed answer is wanted, and the type in its header (RFC 9701, sections 4 and 5).
const mediaSigned = "application/token-introspection+jwt"

// answerMaxAge is how old an answer to a question of this moment may be: an older one was kept by somebody on the way.
const answerMaxAge = time.Minute

// standing asks the provider about a token, which was checked here and has this jti.
func (p *provider) standing(ctx context.Context, token, id string) (standing, error) {
	if p.config.ClientID == "" {
		return standing{}, errors.New("rs: Needs.Live without the API's ClientID and ClientSecret")
	}
	_, address, err := p.found(ctx)
	if err != nil {
		return standing{}, err
	}
	form := url.Values{"token": {token}, "token_type_hint": {"access_token"}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return standing{}, fmt.Errorf("rs: introspection: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(url.QueryEscape(p.config.ClientID), url.QueryEscape(p.config.ClientSecret))
	said, err := p.said(ctx, request, id)
	if err != nil {
		return standing{}, fmt.Errorf("rs: introspection: %w", err)
	}
	return said, nil
}

func (p *provider) said(ctx context.Context, request *http.Request, id string) (standing, error) {
	var plain struct {
		Active bool   `json:"active"`
		ID     string `json:"jti"`
	}
	if !p.config.Signed {
		err := p.call(request, &plain)
		return standing{active: plain.Active}, err
	}
	text, err := p.fetch(request, mediaSigned)
	if err != nil {
		return standing{}, err
	}
	content, err := p.signedContent(ctx, string(text))
	if err == nil {
		err = json.Unmarshal(content, &plain)
	}
	if err == nil && plain.Active && plain.ID != id {
		err = errors.New("the signed answer is of another token")
	}
	return standing{active: plain.Active, signed: string(text)}, err
}

// signedContent checks a signed answer (RFC 9701, section 5): the provider signed it, as such an answer, for this API, just now.
func (p *provider) signedContent(ctx context.Context, text string) (json.RawMessage, error) {
	jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		return nil, errors.New("the answer is not signed")
	}
	typ, _ := jws.Signatures[0].Protected.ExtraHeaders[jose.HeaderType].(string)
	set, err := p.keys(ctx)
	if err != nil {
		return nil, err
	}
	payload, err := set.VerifySignature(ctx, text)
	if err != nil {
		return nil, err
	}
	var c struct {
		Issuer   string          `json:"iss"`
		Audience audience        `json:"aud"`
		IssuedAt int64           `json:"iat"`
		Answer   json.RawMessage `json:"token_introspection"`
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return nil, err
	}
	now, at := p.config.Now(), time.Unix(c.IssuedAt, 0)
	switch {
	case !strings.EqualFold("application/"+strings.TrimPrefix(strings.ToLower(typ), "application/"), mediaSigned):
		return nil, errors.New("what is signed is no answer about a token")
	case c.Issuer != p.config.Issuer || len(c.Audience) != 1 || c.Audience[0] != p.config.ClientID:
		return nil, errors.New("the signed answer is for another API, or of another provider")
	case at.After(now.Add(clockSlack)) || now.Sub(at) > answerMaxAge:
		return nil, errors.New("the signed answer is not of this moment")
	default:
		return c.Answer, nil
	}
}
