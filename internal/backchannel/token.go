package backchannel

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	// #nosec G101 -- a name
	typLogoutToken = "logout+jwt" // section 2.4, and RFC 8725, section 3.11: never taken for another token
	tokenLifetime  = 2 * time.Minute
	logoutEvent    = "http://schemas.openid.net/event/backchannel-logout"
	defaultAlg     = "ES256"
)

// logoutClaims is a logout token (section 2.4). It has no nonce, by which it can't be taken for an ID token.
type logoutClaims struct {
	Issuer   string                       `json:"iss"`
	Subject  idp.UserID                   `json:"sub"`
	Audience idp.ClientID                 `json:"aud"`
	IssuedAt int64                        `json:"iat"`
	Expires  int64                        `json:"exp"`
	JWTID    string                       `json:"jti"`
	SID      idp.SID                      `json:"sid"`
	Events   map[string]map[string]string `json:"events"`
}

// token signs a new logout token, by the algorithm that the app expects of ID tokens (section 2.6).
func (d *Deliverer) token(ctx context.Context, l idp.Logout, client idp.Client, now time.Time) (string, error) {
	payload, err := json.Marshal(logoutClaims{
		Issuer: d.issuer, Subject: l.UserID, Audience: client.ID, SID: l.SID, JWTID: idp.NewID("lgt_"),
		IssuedAt: now.Unix(), Expires: now.Add(tokenLifetime).Unix(), Events: map[string]map[string]string{logoutEvent: {}},
	})
	if err != nil {
		return "", fmt.Errorf("claims of a logout token: %w", err)
	}
	alg := client.IDTokenAlg
	if alg == "" {
		alg = defaultAlg
	}
	signed, err := d.keys.Sign(ctx, alg, typLogoutToken, payload)
	if err != nil {
		return "", fmt.Errorf("sign a logout token: %w", err)
	}
	return signed, nil
}
