package rs

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/apscloud/apsid/pkg/jwks"
)

// provider is what discovery says (OpenID Connect Discovery 1.0, section 4), asked for when it is needed.
type provider struct {
	config Config

	mu            sync.Mutex
	set           *jwks.Set
	introspection string
	failed        error
	next          time.Time // not before
}

const (
	// retryAfter is how long a failure answers for those that come after it.
	retryAfter = time.Second
	// maxAnswer is how many bytes of an answer are read.
	maxAnswer = 64 << 10
)

// keys are the provider's, which renew themselves.
func (p *provider) keys(ctx context.Context) (*jwks.Set, error) {
	set, _, err := p.found(ctx)
	return set, err
}

func (p *provider) found(ctx context.Context) (*jwks.Set, string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.config.Now()
	if p.set != nil || p.failed != nil && now.Before(p.next) {
		return p.set, p.introspection, p.failed
	}
	// One caller that goes away must not fail it for all.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	p.failed, p.next = p.discover(ctx), now.Add(retryAfter)
	return p.set, p.introspection, p.failed
}

func (p *provider) discover(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(p.config.Issuer, "/")+"/.well-known/openid-configuration", nil)
	if err != nil {
		return fmt.Errorf("rs: discovery: %w", err)
	}
	var document struct {
		Issuer        string `json:"issuer"`
		Keys          string `json:"jwks_uri"`
		Introspection string `json:"introspection_endpoint"`
	}
	if err := p.call(request, &document); err != nil {
		return fmt.Errorf("rs: discovery: %w", err)
	}
	if document.Issuer != p.config.Issuer {
		return fmt.Errorf("rs: discovery: the provider is %q, and not %q", document.Issuer, p.config.Issuer)
	}
	for _, address := range []string{document.Keys, document.Introspection} {
		if u, err := url.Parse(address); err != nil || !secureOrLoopback(u) {
			return fmt.Errorf("rs: discovery: %q is no https address", address)
		}
	}
	p.set, p.introspection = jwks.New(p.config.Client, document.Keys, p.config.Now), document.Introspection
	return nil
}

func (p *provider) call(request *http.Request, answer any) error {
	text, err := p.fetch(request, "application/json")
	if err != nil {
		return err
	}
	return json.Unmarshal(text, answer)
}

func (p *provider) fetch(request *http.Request, accept string) ([]byte, error) {
	request.Header.Set("Accept", accept)
	response, err := p.config.Client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", response.StatusCode)
	}
	return io.ReadAll(io.LimitReader(response.Body, maxAnswer))
}
