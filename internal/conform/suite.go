package conform

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Config says what to check.
type Config struct {
	Page         string // URL of a page of the app that asks for a sign-in
	ClientID     string // the app's, at this provider
	ClientSecret string
	LogoutURL    string // where the app takes back-channel logout
	ActivityURL  string // where the app's pages report input; "": the app reports none
	SignOutURL   string // where the app signs people out, by POST; "": not checked

	AnyCertificate bool // accept the app's certificate whichever authority has issued it, or none

	Idle     time.Duration // how long a session lasts without activity, in the checks that wait for that
	Lifetime time.Duration // how long one lasts at all, likewise
	Grace    time.Duration // how much later than that the app may notice
	Report   time.Duration // how long an input may take to be reported
}

// suite is one run.
type suite struct {
	config   Config
	provider *provider
	client   *http.Client
	idleRun  func() idleRun // polls one session until it should be over, once
}

// Provider is the provider that the app has to be configured with.
type Provider struct{ suite *suite }

// New returns a provider that serves on the listener until ctx ends. The app under test must name its address,
// Provider.Issuer, as its issuer.
func New(ctx context.Context, listener net.Listener, config Config) (*Provider, func(), error) {
	page, err := url.Parse(config.Page)
	if err != nil {
		return nil, nil, fmt.Errorf("conform: %w", err)
	}
	keys, err := newKeys()
	if err != nil {
		return nil, nil, err
	}
	p := &provider{
		issuer: "http://" + listener.Addr().String(), clientID: config.ClientID, clientSecret: config.ClientSecret, app: page, keys: keys,
		codes: map[string]*grant{}, sessions: map[string]*session{}, access: map[string]string{}, flaws: map[string]bool{}, values: map[string]bool{},
	}
	s := &suite{config: config, provider: p, client: &http.Client{
		// #nosec G402 -- only with the option that takes any certificate, for apps under development
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: config.AnyCertificate, MinVersion: tls.VersionTLS12}},
		Timeout:       15 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	s.idleRun = sync.OnceValue(func() idleRun { return s.runIdle(ctx) })
	return &Provider{suite: s}, p.start(ctx, listener), nil
}

// Issuer is the provider's address.
func (p *Provider) Issuer() string { return p.suite.provider.issuer }

// Await returns once the app sends people who are not signed in to this provider. It returns what was in the way when ctx ends.
func (p *Provider) Await(ctx context.Context) error {
	for {
		reason := p.suite.ready(ctx)
		if reason == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return reason
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (s *suite) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // so that the reason is not that ctx has ended
	defer cancel()
	page, err := s.person(s.plan()).look(ctx, s.config.Page, reload)
	switch {
	case err != nil:
		return err
	case page.served():
		return fmt.Errorf("%s is shown to people who are not signed in", s.config.Page)
	case !page.signin:
		return fmt.Errorf("%s answers %d instead of sending people to sign in at %s", s.config.Page, page.status, s.provider.issuer)
	}
	return nil
}

// Run does every check at once and returns the results in the order of the guide. It takes about Config.Duration, longer if
// the app or this machine is slow, and fails if no one can sign in to the app at all.
func (p *Provider) Run(ctx context.Context) ([]Result, error) {
	s := p.suite
	if _, err := s.signIn(ctx, s.plan()); err != nil {
		return nil, fmt.Errorf("nobody can sign in: %w%s", err, s.provider.flawsSoFar())
	}
	all := checks()
	results := make([]Result, len(all))
	turns := make(chan struct{}, 4) // checks in flight, beside those that mostly wait
	var running sync.WaitGroup
	for i, c := range all {
		running.Go(func() {
			if !c.slow {
				turns <- struct{}{}
				defer func() { <-turns }()
			}
			results[i] = c.result(c.run(ctx, s))
		})
	}
	running.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return append([]Result{requests().result(s.requests())}, results...), nil
}

// plan is an honest sign-in to a session that outlives the run.
func (s *suite) plan() plan {
	return plan{subject: "usr_" + rand.Text(), idle: 15 * time.Minute, lifetime: 8 * time.Hour, access: 5 * time.Minute}
}

func (s *suite) person(plan plan) *person {
	return &person{provider: s.provider, client: s.client, plan: plan, jar: newJar(), pace: &pace{}}
}

// signIn returns a person who is signed in and has opened the page.
func (s *suite) signIn(ctx context.Context, plan plan) (*person, error) {
	someone := s.person(plan)
	page, err := someone.open(ctx, s.config.Page)
	switch {
	case err != nil:
		return nil, err
	case page.signin:
		return nil, errors.New("the app sends people to sign in again after they have")
	case !page.served():
		return nil, fmt.Errorf("after the sign-in the app answers %d at %s", page.status, page.url.Path)
	}
	someone.pace = &pace{} // no verdict depends on how long the sign-in took
	return someone, nil
}

// shown reports whether the app shows its page to this person.
func (s *suite) shown(ctx context.Context, someone *person, as how) (bool, error) {
	page, err := someone.look(ctx, s.config.Page, as)
	return page.served(), err
}

// await polls until so returns true, for as long as patience.
func await(ctx context.Context, patience time.Duration, so func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for !so() {
		if !pause(ctx, 50*time.Millisecond) {
			return so()
		}
	}
	return true
}

// pause returns false if ctx ends before.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
