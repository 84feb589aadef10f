package rp

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/apscloud/apsid/pkg/jwks"
)

// provider is what discovery said.
type provider struct {
	*oidc.Provider
	verifier   *oidc.IDTokenVerifier
	keys       *jwks.Set
	oauth      oauth2.Config // for the way to the provider; see App.ask for the way back
	endSession string
	revocation string // "" if the provider has none
	activity   string // of the inactivity contract; "" if the provider has none
}

// discovery finds the provider at the first use, so that the app may start before it, again after a failure, and again from
// time to time: a provider that was upgraded may have learned something.
type discovery struct {
	config Config
	mu     sync.Mutex
	found  *provider
	failed error
	next   time.Time // not before
}

const (
	// retryAfter is how long a failed discovery answers for those that come after it.
	retryAfter = time.Second
	// discoveryFresh is how long a discovery holds; the old one is used until there is another.
	discoveryFresh = time.Hour
)

func (d *discovery) provider(ctx context.Context) (*provider, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.config.Now()
	if d.found != nil && !now.Before(d.next) {
		d.next = now.Add(discoveryFresh)
		go d.renew(context.WithoutCancel(ctx))
	}
	if d.found != nil {
		return d.found, nil
	}
	if d.failed != nil && now.Before(d.next) {
		return nil, d.failed
	}
	// One person's browser that goes away must not fail the discovery for all.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	d.found, d.failed = discover(ctx, d.config)
	d.next = now.Add(retryAfter)
	if d.failed == nil {
		d.next = now.Add(discoveryFresh)
	}
	return d.found, d.failed
}

// renew replaces what was found, if the provider answers.
func (d *discovery) renew(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	found, err := discover(ctx, d.config)
	if err != nil {
		d.config.Logger.WarnContext(ctx, "discovery not renewed", "error", err)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	found.keys, found.verifier = d.found.keys, d.found.verifier // which renew themselves
	d.found = found
}

func discover(ctx context.Context, c Config) (*provider, error) {
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, c.Client), c.Issuer)
	if err != nil {
		return nil, fmt.Errorf("rp: discovery: %w", err)
	}
	var more struct {
		EndSession string `json:"end_session_endpoint"`
		Keys       string `json:"jwks_uri"`
		Revocation string `json:"revocation_endpoint"`
		Activity   string `json:"session_activity_endpoint"` // apsid.DiscoverySessionActivity
		IssSent    bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if err := p.Claims(&more); err != nil {
		return nil, fmt.Errorf("rp: discovery: %w", err)
	}
	endpoint := p.Endpoint()
	needed, others := []string{endpoint.AuthURL, endpoint.TokenURL, more.Keys}, []string{p.UserInfoEndpoint(), more.Revocation, more.Activity, more.EndSession}
	for i, each := range append(needed, others...) {
		if u, err := url.Parse(each); (each != "" || i < len(needed)) && (err != nil || !secureOrLoopback(u)) {
			return nil, fmt.Errorf("rp: discovery: %q is no https address", each)
		}
	}
	if !more.IssSent {
		return nil, errors.New("rp: the provider does not name itself in its answers (RFC 9207)")
	}
	keys := jwks.New(c.Client, more.Keys, c.Now)
	return &provider{
		Provider: p,
		keys:     keys,
		verifier: oidc.NewVerifier(c.Issuer, keys, &oidc.Config{
			ClientID: c.ClientID, SupportedSigningAlgs: []string{oidc.ES256, oidc.RS256}, Now: c.Now,
		}),
		oauth: oauth2.Config{
			ClientID: c.ClientID, Endpoint: endpoint, RedirectURL: c.RedirectURL, Scopes: c.Scopes,
		},
		endSession: more.EndSession,
		revocation: more.Revocation,
		activity:   more.Activity,
	}, nil
}
