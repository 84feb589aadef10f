package rp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// tokens are an answer of the token endpoint (RFC 6749, section 5.1; OpenID Connect Core, section 3.1.3.3), with the two members that
// package apsid names (TokenSessionExpiresIn, TokenSessionIdleTimeout). Times are in seconds.
type tokens struct {
	Access           string  `json:"access_token"`
	Type             string  `json:"token_type"`
	Refresh          string  `json:"refresh_token"`
	ID               string  `json:"id_token"`
	ExpiresIn        float64 `json:"expires_in"`
	SessionExpiresIn float64 `json:"session_expires_in"`
	SessionIdle      float64 `json:"session_idle_timeout"`
}

// check refuses what is no answer, and a token of a type that this package can't use (RFC 6749, section 7.1).
func (t tokens) check() error {
	if t.Access == "" || !strings.EqualFold(t.Type, "Bearer") {
		return errors.New("token endpoint: no bearer token in its answer")
	}
	return nil
}

// span is a time that the provider named; 0 for one that can't be.
func span(seconds float64) time.Duration {
	if seconds <= 0 || seconds > math.MaxInt32 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// tokenRefused is an error of the token endpoint (RFC 6749, section 5.2).
type tokenRefused struct {
	status int
	code   string // "" if it named none
}

// Error implements error.
func (e *tokenRefused) Error() string {
	return fmt.Sprintf("token endpoint: status %d, error %q", e.status, e.code)
}

// ask sends a grant to the token endpoint. *tokenRefused: it answers with an error.
func (a *App) ask(ctx context.Context, p *provider, grant url.Values) (tokens, error) {
	status, body, err := a.postForm(ctx, p.oauth.Endpoint.TokenURL, grant)
	if err != nil {
		return tokens{}, fmt.Errorf("token endpoint: %w", err)
	}
	if status != http.StatusOK {
		var refused struct{ Error string }
		_ = json.Unmarshal(body, &refused) // what is no JSON names no error
		return tokens{}, &tokenRefused{status: status, code: refused.Error}
	}
	var got tokens
	if err := json.Unmarshal(body, &got); err != nil {
		return tokens{}, fmt.Errorf("token endpoint: %w", err)
	}
	return got, got.check()
}

// redeemCode exchanges the code of a sign-in.
func (a *App) redeemCode(ctx context.Context, p *provider, code, verifier string) (tokens, error) {
	return a.ask(ctx, p, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {a.config.RedirectURL}, "code_verifier": {verifier},
	})
}

// redeemRefresh exchanges a refresh token.
func (a *App) redeemRefresh(ctx context.Context, p *provider, token Token) (tokens, error) {
	return a.ask(ctx, p, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {string(token)}})
}

// revoke gives back a refresh token that this app will not use any more, and with it the session at the provider (RFC 7009). It does
// not wait: the provider may be away, and then the token lives until the session's end, in no one's hands.
func (a *App) revoke(ctx context.Context, token Token) {
	if token == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	go func() {
		defer cancel()
		p, err := a.discovery.provider(ctx)
		if err == nil && p.revocation == "" {
			return
		}
		status := 0
		if err == nil {
			status, _, err = a.postForm(ctx, p.revocation, url.Values{"token": {string(token)}, "token_type_hint": {"refresh_token"}})
		}
		if err != nil || status != http.StatusOK {
			a.config.Logger.WarnContext(ctx, "refresh token not revoked", "status", status, "error", err)
		}
	}()
}

// postForm sends a form with the proof that this app sends it.
func (a *App) postForm(ctx context.Context, to string, form url.Values) (status int, answer []byte, err error) {
	header := http.Header{}
	if err := a.proof.add(form, header, a.config.Now()); err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, err
	}
	r.Header = header
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	response, err := a.config.Client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}
