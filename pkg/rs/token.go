package rs

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/pkg/apsid"
)

// Token is an access token that is good here.
type Token struct {
	ID          string // jti
	Subject     string // the person; of an integration, its client
	ClientID    string
	PracticeID  string
	SID         string // of the person's session at the app; "": an integration's
	Scopes      []string
	ACR         string // one of those of package apsid; "": an integration's
	AMR         []string
	AuthTime    time.Time // zero: an integration's
	IssuedAt    time.Time
	ExpiresAt   time.Time
	Thumbprint  string   // of the key that it is bound to; "": to none
	Certificate string   // thumbprint of the certificate that it is bound to; "": to none
	Answer      string   // with Config.Signed and Needs.Live: what the provider said of the token, as a JWT; ""
	Actors      []string // who acts for the person, the latest first (RFC 8693, section 4.1); none: the app itself
}

// IsPerson reports whether it is a person's.
func (t Token) IsPerson() bool { return t.SID != "" }

// claims are those of RFC 9068, section 2.2, with ours.
type claims struct {
	Issuer     string          `json:"iss"`
	Subject    string          `json:"sub"`
	Audience   audience        `json:"aud"`
	ClientID   string          `json:"client_id"`
	ID         string          `json:"jti"`
	Scope      string          `json:"scope"`
	PracticeID string          `json:"practice_id"`
	SID        string          `json:"sid"`
	ACR        string          `json:"acr"`
	AMR        []string        `json:"amr"`
	AuthTime   int64           `json:"auth_time"`
	IssuedAt   int64           `json:"iat"`
	ExpiresAt  int64           `json:"exp"`
	NotBefore  int64           `json:"nbf"`
	Bound      json.RawMessage `json:"cnf"`
	Actor      *actor          `json:"act"`
}

// confirmation names what a token is bound to: a key (RFC 9449, section 6.1), a certificate (RFC 8705, section 3.1), or both.
type confirmation struct {
	JKT string `json:"jkt"`
	X5T string `json:"x5t#S256"`
}

type actor struct {
	Subject string `json:"sub"`
	Before  *actor `json:"act"`
}

// audience is a text or a list of texts (RFC 7519, section 4.1.3).
type audience []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// clockSlack is how far the clocks of provider and API may be apart.
const clockSlack = 10 * time.Second

// maxToken is how many bytes a token may have.
const maxToken = 8 << 10

// mostActors bounds a chain of those who act for one another.
const mostActors = 8

var errNotGood = errors.New("rs: the access token is not good here")

// checkType refuses what is no access token, as an ID token is (RFC 9068, section 4).
func checkType(raw string) error {
	signed, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil || len(raw) > maxToken {
		return errNotGood
	}
	typ, _ := signed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType].(string)
	if !strings.EqualFold(strings.TrimPrefix(strings.ToLower(typ), "application/"), "at+jwt") {
		return errNotGood
	}
	return nil
}

// read checks what a token says (RFC 9068, section 4), which the provider has signed.
func read(payload []byte, issuer, audience string, now time.Time) (Token, error) {
	var c claims
	if json.Unmarshal(payload, &c) != nil {
		return Token{}, errNotGood
	}
	bound, known := c.bound()
	actors, told := c.actors()
	switch {
	case c.Issuer != issuer || !slices.Contains(c.Audience, audience):
		return Token{}, errNotGood
	case c.Subject == "" || c.ClientID == "" || c.ID == "" || c.IssuedAt <= 0 || c.ExpiresAt <= 0:
		return Token{}, errNotGood
	case !now.Before(time.Unix(c.ExpiresAt, 0)), time.Unix(max(c.IssuedAt, c.NotBefore, c.AuthTime), 0).After(now.Add(clockSlack)):
		return Token{}, errNotGood
	case !known || !told:
		return Token{}, errNotGood
	}
	t := Token{
		ID: c.ID, Subject: c.Subject, ClientID: c.ClientID, PracticeID: c.PracticeID, SID: c.SID, Scopes: strings.Fields(c.Scope),
		ACR: c.ACR, AMR: c.AMR, IssuedAt: time.Unix(c.IssuedAt, 0), ExpiresAt: time.Unix(c.ExpiresAt, 0), Thumbprint: bound.JKT, Certificate: bound.X5T,
		Actors: actors,
	}
	if c.AuthTime > 0 {
		t.AuthTime = time.Unix(c.AuthTime, 0)
	}
	return t, nil
}

// bound is what the token is bound to; known is false for a bond of another kind beside or in its place: it would be one that is not kept.
func (c claims) bound() (to confirmation, known bool) {
	if c.Bound == nil {
		return to, true
	}
	decoder := json.NewDecoder(bytes.NewReader(c.Bound))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&to)
	return to, err == nil && (to.JKT != "" || to.X5T != "")
}

// actors lists who acts for the person; told is false for a chain that is too long, or of somebody without a name.
func (c claims) actors() (list []string, told bool) {
	for a := c.Actor; a != nil; a = a.Before {
		if a.Subject == "" || len(list) == mostActors {
			return nil, false
		}
		list = append(list, a.Subject)
	}
	return list, true
}

// satisfies reports whether the person's sign-in is as strong and as young as it has to be. An integration has none.
func (t Token) satisfies(n Needs, now time.Time) bool {
	if n.ACR == "" && n.MaxAge == 0 {
		return true
	}
	return t.IsPerson() && apsid.Satisfies(t.ACR, n.ACR) && (n.MaxAge == 0 || !t.AuthTime.IsZero() && now.Sub(t.AuthTime) <= n.MaxAge)
}
