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
	"slices"
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

	IDTokenAlg     string // what the app is registered for: one of Algorithms; "": the first of them
	OnlySpec       bool   // leave out what our contract asks beyond the specifications
	AnyCertificate bool   // accept the app's certificate whichever authority has issued it, or none

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
	if config.IDTokenAlg == "" {
		config.IDTokenAlg = Algorithms()[0]
	}
	keys, err := newKeys(config.IDTokenAlg)
	if err != nil {
		return nil, nil, err
	}
	p := &provider{
		issuer: "http://" + listener.Addr().String(), clientID: config.ClientID, clientSecret: config.ClientSecret, app: page, keys: keys,
		codes: map[string]*grant{}, sessions: map[string]*session{}, access: map[string]string{}, flaws: map[flaw]bool{}, values: map[string]bool{},
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

// Prove signs a person in through the app and sees the page shown to them twice. Its error says what was in the way: of an app that
// no one can sign in to, nothing can be said, since an app that refuses everything refuses what it must refuse too.
func (p *Provider) Prove(ctx context.Context) error {
	if _, err := p.suite.signIn(ctx, p.suite.plan()); err != nil {
		asked := p.suite.provider.flawsSoFar(false)
		if asked != "" {
			asked = "; what the app sent here: " + asked
		}
		return fmt.Errorf("no one can sign in: %w%s", err, asked)
	}
	return nil
}

// Run does every check at once and returns the results in the order of the guide. It takes about Config.Duration, longer if
// the app or this machine is slow, and fails as Prove does. Every check is made between two honest sign-ins, and passes only if
// both succeed.
func (p *Provider) Run(ctx context.Context) ([]Result, error) {
	s := p.suite
	if err := p.Prove(ctx); err != nil {
		return nil, err
	}
	all := s.config.checks(checks())
	results := make([]Result, len(all))
	turns := make(chan struct{}, 4) // checks in flight, beside those that mostly wait
	var running sync.WaitGroup
	for i, c := range all {
		running.Go(func() {
			if !c.slow {
				turns <- struct{}{}
				defer func() { <-turns }()
			}
			results[i] = c.result(s.judge(ctx, c))
		})
	}
	running.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var first []Result
	for _, c := range s.config.checks(requestChecks()) {
		first = append(first, c.result(c.run(ctx, s)))
	}
	return append(first, results...), nil
}

// checks returns those that are wanted.
func (c Config) checks(all []check) []check {
	if !c.OnlySpec {
		return all
	}
	return slices.DeleteFunc(all, func(one check) bool { return one.spec == "" })
}

// judge makes a check between two honest sign-ins: it is not begun unless the first succeeds, and passes only if the second does.
func (s *suite) judge(ctx context.Context, c check) verdict {
	if v := s.control(ctx, "just before"); v.state != OK {
		return v
	}
	v := c.run(ctx, s)
	if v.state != OK {
		return v
	}
	return s.control(ctx, "just after")
}

// control is a sign-in without any fault.
func (s *suite) control(ctx context.Context, when string) verdict {
	_, err := s.signIn(ctx, s.plan())
	if err == nil {
		return fine()
	}
	v := failed(err)
	if v.state == Wrong {
		return unproved("an honest sign-in " + when + " failed: " + v.seen)
	}
	return v
}

// beside judges a check that ends a session: that the page is not shown any more proves something only if it is still shown in
// another session, which goes on.
func (s *suite) beside(ctx context.Context, bystander *person, v verdict) verdict {
	if v.state != OK {
		return v
	}
	in, err := s.shown(ctx, bystander, reload)
	if err != nil {
		return failed(err)
	}
	if !in {
		return unproved("the page is not shown either in a session that goes on")
	}
	return v
}

// plan is an honest sign-in to a session that outlives the run.
func (s *suite) plan() plan {
	return plan{subject: "usr_" + rand.Text(), idle: 15 * time.Minute, lifetime: 8 * time.Hour, access: 5 * time.Minute}
}

func (s *suite) person(plan plan) *person {
	return &person{provider: s.provider, client: s.client, plan: plan, jar: newJar(), pace: &pace{}}
}

// signIn returns a person who is signed in, and whom the app shows its page, whenever they come.
func (s *suite) signIn(ctx context.Context, plan plan) (*person, error) {
	someone := s.person(plan)
	page, err := someone.open(ctx, s.config.Page)
	switch {
	case err != nil:
		return nil, err
	case page.signin:
		return nil, errors.New("the app sends people to sign in again after they have")
	case page.asked == 0:
		return nil, errors.New(notAsked(page))
	case !page.served():
		return nil, fmt.Errorf("after the sign-in the app answers %d at %s", page.status, page.url.Path)
	case someone.sid() == "":
		return nil, fmt.Errorf("the app has not redeemed the code, and answers %d at %s", page.status, page.url.Path)
	}
	again, err := someone.look(ctx, s.config.Page, reload)
	switch {
	case err != nil:
		return nil, err
	case again.signin:
		return nil, fmt.Errorf("the app answers the sign-in with %d at %s, and does not know the person afterwards", page.status, page.url.Path)
	case !again.served():
		return nil, fmt.Errorf("the app answers %d at %s to a person who is signed in", again.status, again.url.Path)
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
