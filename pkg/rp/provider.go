package rp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// provider is what discovery said.
type provider struct {
	*oidc.Provider
	verifier   *oidc.IDTokenVerifier
	oauth      oauth2.Config
	endSession string
	activity   string // of the inactivity contract; "" if the provider has none
}

// discovery finds the provider at the first use, so that the app may start before it, and again after a failure.
type discovery struct {
	config Config
	mu     sync.Mutex
	found  *provider
	failed error
	retry  time.Time // not before
}

// retryAfter is how long a failed discovery answers for those that come after it.
const retryAfter = time.Second

func (d *discovery) provider(ctx context.Context) (*provider, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.found != nil {
		return d.found, nil
	}
	now := d.config.Now()
	if d.failed != nil && now.Before(d.retry) {
		return nil, d.failed
	}
	// One person's browser that goes away must not fail the discovery for everybody.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	d.found, d.failed = discover(ctx, d.config)
	d.retry = now.Add(retryAfter)
	return d.found, d.failed
}

func discover(ctx context.Context, c Config) (*provider, error) {
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, c.Client), c.Issuer)
	if err != nil {
		return nil, fmt.Errorf("rp: discovery: %w", err)
	}
	var more struct {
		EndSession string `json:"end_session_endpoint"`
		Activity   string `json:"session_activity_endpoint"` // apsid.DiscoverySessionActivity
		IssSent    bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if err := p.Claims(&more); err != nil {
		return nil, fmt.Errorf("rp: discovery: %w", err)
	}
	if !more.IssSent {
		return nil, errors.New("rp: the provider does not name itself in its answers (RFC 9207)")
	}
	endpoint := p.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	return &provider{
		Provider: p,
		verifier: p.Verifier(&oidc.Config{
			ClientID: c.ClientID, SupportedSigningAlgs: []string{oidc.ES256, oidc.RS256}, Now: c.Now,
		}),
		oauth: oauth2.Config{
			ClientID: c.ClientID, ClientSecret: c.ClientSecret, Endpoint: endpoint,
			RedirectURL: c.RedirectURL, Scopes: c.Scopes,
		},
		endSession: more.EndSession,
		activity:   more.Activity,
	}, nil
}
