package rptest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// LogoutEvent is the member of a logout token's `events` (OpenID Connect Back-Channel Logout 1.0, section 2.4).
const LogoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// LogoutClaims are those of a good logout token for the session, or with sid "" for every session of the subject. Change them
// to make a bad one.
func (p *Provider) LogoutClaims(subject, sid string) map[string]any {
	p.mu.Lock()
	now := p.now()
	p.mu.Unlock()
	claims := map[string]any{
		"iss": p.Issuer(), "aud": ClientID, "iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(), "jti": rand.Text(),
		"events": map[string]any{LogoutEvent: map[string]any{}},
	}
	if subject != "" {
		claims["sub"] = subject
	}
	if sid != "" {
		claims["sid"] = sid
	}
	return claims
}

// SendLogout posts a logout token to the app, as the provider's server does, and returns the app's answer.
func SendLogout(to, token string) (status int, err error) {
	client := &http.Client{Timeout: 10 * time.Second}
	response, err := client.Post(to, "application/x-www-form-urlencoded", strings.NewReader(url.Values{"logout_token": {token}}.Encode()))
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// readSegment reads the claims of a token without verifying it: of our own making, in a test.
func readSegment(segment string, into any) {
	text, err := base64.RawURLEncoding.DecodeString(segment)
	if err == nil {
		_ = json.Unmarshal(text, into) // what can't be read names nothing
	}
}
