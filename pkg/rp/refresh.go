package rp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/apscloud/apsid/pkg/jwks"
)

const (
	// refreshTimeout bounds one refresh.
	refreshTimeout = 5 * time.Second
	// refreshPause is how long a refresh token is left alone once a request has begun to use it: longer than a refresh can take, and
	// shorter than the 10 s within which the provider answers one again whose answer was lost. After that, using it twice would end
	// the session (RFC 9700, section 4.14.2).
	refreshPause = 7 * time.Second
	// refreshPoll is how often requests that wait for another's refresh look for it.
	refreshPoll = 25 * time.Millisecond
)

// errElsewhere says that another request is refreshing, in this process or in another.
var errElsewhere = errors.New("rp: being refreshed elsewhere")

// AccessToken returns an access token of the session that has not expired, for calls to an API. It refreshes if it must, which
// is no activity of the person and keeps no session alive.
//
// ErrNoSession: the session is over, as the provider says. Any other error: there is no token just now, but the session goes on.
func (a *App) AccessToken(ctx context.Context, s Session) (Token, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTimeout+time.Second)
	defer cancel()
	for {
		s, err := a.findWithin(ctx, s.key, reportAllowance)
		if err != nil {
			return "", err
		}
		if a.config.Now().Before(s.AccessExpires) {
			return s.AccessToken, nil
		}
		s, err = a.refresh(ctx, s)
		if !errors.Is(err, errElsewhere) {
			return s.AccessToken, err
		}
		select {
		case <-ctx.Done():
			return "", err
		case <-time.After(refreshPoll):
		}
	}
}

// upkeep refreshes tokens that are due: before their end beside the request, after it within. A provider that is away changes
// nothing: the session goes on until its own end.
func (a *App) upkeep(ctx context.Context, s Session) (Session, error) {
	now := a.config.Now()
	if s.RefreshToken == "" || now.Before(s.RefreshAt) {
		return s, nil
	}
	if now.Before(s.AccessExpires) {
		go func() { _, _ = a.refresh(context.WithoutCancel(ctx), s) }() // logs what fails
		return s, nil
	}
	fresh, err := a.refresh(ctx, s)
	if errors.Is(err, ErrNoSession) {
		return Session{}, err
	}
	if err != nil {
		return s, nil
	}
	return fresh, nil
}

// refresh exchanges the session's refresh token, unless another request does. ErrNoSession: the provider says that it is over.
func (a *App) refresh(ctx context.Context, s Session) (Session, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTimeout)
	defer cancel()
	if s.RefreshToken == "" {
		return Session{}, errors.New("rp: the access token is over, and the app has no refresh token")
	}
	name := "refresh:" + storeKey(string(s.RefreshToken))
	if !a.underway.begin(name) {
		return Session{}, errElsewhere
	}
	defer a.underway.end(name)
	mine, err := a.config.Store.Claim(ctx, name, refreshPause)
	if err != nil {
		return Session{}, err
	}
	if !mine {
		return Session{}, errElsewhere
	}
	now, err := a.findWithin(ctx, s.key, reportAllowance)
	if err != nil || now.RefreshToken != s.RefreshToken { // refreshed after s was read
		return now, err
	}
	fresh, err := a.exchange(ctx, s)
	if err != nil && !errors.Is(err, ErrNoSession) {
		a.config.Logger.WarnContext(ctx, "tokens not refreshed; the session goes on", "error", err)
	}
	return fresh, err
}

// exchange exchanges the refresh token, and ends the session if the provider refuses or names another person.
func (a *App) exchange(ctx context.Context, s Session) (Session, error) {
	p, err := a.discovery.provider(ctx)
	if err != nil {
		return Session{}, err
	}
	ctx = oidc.ClientContext(ctx, a.config.Client)
	token, err := a.redeemRefresh(ctx, p, s.RefreshToken)
	var refused *tokenRefused
	if errors.As(err, &refused) && refused.code == "invalid_grant" {
		return Session{}, a.over(ctx, s, "")
	}
	if err != nil {
		return Session{}, err
	}
	raw, err := p.freshIDToken(ctx, token.ID, s, a.config.Now())
	if err != nil {
		a.config.Logger.WarnContext(ctx, "refresh answered with a wrong ID token", "error", err)
		a.revoke(ctx, Token(token.Refresh))
		return Session{}, a.over(ctx, s, "")
	}
	now := a.config.Now()
	return a.change(ctx, s.key, func(s *Session) {
		s.keep(token, now)
		if raw != "" {
			s.IDToken = Token(raw)
		}
		if end, told := lifetime(token, now); told {
			s.shorten(end)
			s.IdleTimeout = span(token.SessionIdle)
		}
	})
}

// freshIDToken returns the ID token that came with a refresh: of the same person and session (OpenID Connect Core, section
// 12.2). One that can't be judged, because it took too long to come or the keys can't be had, is left out, and the old one
// stays: the refresh token was spent, and the new one must not be lost.
func (p *provider) freshIDToken(ctx context.Context, raw string, s Session, now time.Time) (string, error) {
	if raw == "" {
		return "", nil
	}
	if _, err := p.keys.VerifySignature(ctx, raw); errors.Is(err, jwks.ErrNoKeys) {
		return "", nil
	}
	idToken, err := p.readIDToken(ctx, raw, now)
	var late *oidc.TokenExpiredError
	if errors.As(err, &late) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	claimed, err := readClaims(idToken)
	if err != nil {
		return "", err
	}
	if claimed.Subject != s.Subject || claimed.SID != s.SID {
		return "", fmt.Errorf("ID token: of %s in %s", claimed.Subject, claimed.SID)
	}
	return raw, nil
}

// over forgets a session that has ended, for this reason ("" if the provider named none), and returns ErrNoSession.
func (a *App) over(ctx context.Context, s Session, reason string) error {
	if err := a.config.Store.Delete(ctx, s.key); err != nil {
		return err
	}
	a.config.Logger.InfoContext(ctx, "session ended", "sid", s.SID, "reason", reason)
	return &ended{reason: reason}
}

// ended is ErrNoSession with its reason, "" if that is not known.
type ended struct{ reason string }

// Error implements error.
func (e *ended) Error() string { return "rp: the session ended: " + e.reason }

// Unwrap makes it ErrNoSession.
func (e *ended) Unwrap() error { return ErrNoSession }
