package conformance

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// otherKeyPushed names another key in a pushed request than its proof shows (RFC 9449, section 10.1).
func otherKeyPushed(ctx context.Context, k *keyed) error {
	q := k.ask()
	if err := namesAnother(q); err != nil {
		return err
	}
	a, err := k.push(ctx, q, k.holder)
	if err != nil {
		return err
	}
	k.isPushRefused(a, refusal{condition: "EnsurePARInvalidRequestOrInvalidDpopProof", allowed: []string{"invalid_request", "invalid_dpop_proof"}})
	return nil
}

func namesAnother(q url.Values) error {
	other, err := newDPoPKey()
	if err != nil {
		return err
	}
	thumbprint, err := other.thumbprint()
	q.Set("dpop_jkt", thumbprint)
	return err
}

// otherKeyThanPushed shows one key at the pushed request and another with the code.
func otherKeyThanPushed(ctx context.Context, k *keyed) error {
	q := k.ask()
	a, err := k.push(ctx, q, k.holder)
	if err != nil {
		return err
	}
	other, err := newDPoPKey()
	if err != nil {
		return err
	}
	return k.isUseless(ctx, q, a, other)
}

// otherKeyThanNamed names one key in the request and shows another with the code.
func otherKeyThanNamed(ctx context.Context, k *keyed) error {
	q := k.ask()
	if err := namesAnother(q); err != nil {
		return err
	}
	a, err := k.push(ctx, q, nobody{})
	if err != nil {
		return err
	}
	return k.isUseless(ctx, q, a, k.holder)
}

// isUseless holds that a code is refused to who shows this key.
func (k *keyed) isUseless(ctx context.Context, q url.Values, pushed reply, by holder) error {
	code, err := k.enterWith(ctx, q, pushed)
	if err != nil {
		return err
	}
	a, err := k.token(ctx, k.codeForm(code), by)
	if err != nil {
		return err
	}
	k.isRefused(a, badProof, "invalid_request", "invalid_grant", "invalid_dpop_proof")
	return nil
}

// boundByProof shows the key at the pushed request and everywhere after it.
func boundByProof(ctx context.Context, k *keyed) error { return k.bound(ctx, k.ask()) }

// boundByName names the key there, too.
func boundByName(ctx context.Context, k *keyed) error {
	q := k.ask()
	thumbprint, err := k.dpop().thumbprint()
	if err != nil {
		return err
	}
	q.Set("dpop_jkt", thumbprint)
	return k.bound(ctx, q)
}

func (k *keyed) bound(ctx context.Context, q url.Values) error {
	a, err := k.push(ctx, q, k.holder)
	if err != nil {
		return err
	}
	code, err := k.enterWith(ctx, q, a)
	if err != nil {
		return err
	}
	_, err = k.used(ctx, q, k.codeForm(code))
	return err
}

// proofsWith is a flow whose proofs are changed, and taken all the same. With pushed the pushed request has one, too.
func proofsWith(pushed bool, change func(*proof)) func(context.Context, *keyed) error {
	return func(ctx context.Context, k *keyed) error {
		k.holder = k.dpop().but(change)
		if pushed && !k.machine {
			return k.bound(ctx, k.ask())
		}
		_, err := k.signedIn(ctx)
		return err
	}
}

// limited is a proof with the claims that any JWT may have.
func limited(p *proof) {
	p.claims["nbf"], p.claims["exp"] = time.Now().Unix(), time.Now().Add(5*time.Minute).Unix()
}

// issuedIn is a proof of a client whose clock is off by so many seconds.
func issuedIn(seconds int) func(*proof) {
	return func(p *proof) { p.claims["iat"] = time.Now().Add(time.Duration(seconds) * time.Second).Unix() }
}

// otherCase names the scheme in letters of the other case (RFC 9110, section 11.1).
func otherCase(ctx context.Context, k *keyed) error {
	got, err := k.signedIn(ctx)
	if err != nil {
		return err
	}
	inverted := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' {
			return c - 'a' + 'A'
		}
		return c - 'A' + 'a'
	}, k.holder.scheme())
	a, err := k.apiBy(ctx, got.access(), inverted, k.holder)
	if err != nil {
		return err
	}
	k.isServed(a)
	return nil
}

// proofs is dpop-negative-tests: one token, and requests with it whose proofs are right or wrong.
func proofs(ctx context.Context, k *keyed) error {
	got, err := k.signedIn(ctx)
	if err != nil {
		return err
	}
	cases, err := proofCases(k.dpop())
	if err != nil {
		return err
	}
	for _, c := range cases {
		a, err := k.api(ctx, got.access(), k.dpop().but(c.change))
		if err != nil {
			return err
		}
		k.hasAnswered(c, a)
	}
	for _, scheme := range []string{"DPoP", "Bearer"} {
		a, err := k.apiBy(ctx, got.access(), scheme, nobody{})
		if err != nil {
			return err
		}
		k.hasAnswered(proofCase{name: "no proof, as " + scheme}, a)
	}
	a, err := k.api(ctx, got.access(), k.holder)
	if err != nil {
		return err
	}
	k.hasAnswered(proofCase{name: "a right proof after all of these", right: true}, a)
	return nil
}

// hasAnswered holds that the resource took a right proof, or refused a wrong one.
func (k *keyed) hasAnswered(c proofCase, a reply) {
	condition, problem := "EnsureHttpStatusCodeIs200or201", a.isStatusOf(http.StatusOK, http.StatusCreated)
	if !c.right {
		condition, problem = "EnsureHttpStatusCodeIs400or401", a.isStatusOf(http.StatusBadRequest, http.StatusUnauthorized)
	}
	if problem != nil {
		problem = fmt.Errorf("%s: %w", c.name, problem)
	}
	k.add(condition, !c.should, problem)
}

// proofCase is a proof, and whether it is right.
type proofCase struct {
	name   string
	change func(*proof)
	right  bool
	should bool // a provider should do so: if it does not, that is a warning
}

// proofCases are those of RFC 9449, section 4.3, in its order.
func proofCases(key *dpopKey) ([]proofCase, error) {
	private, err := jwk(jose.JSONWebKey{Key: key.key})
	if err != nil {
		return nil, err
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	public, err := jwk(jose.JSONWebKey{Key: other.Public()})
	if err != nil {
		return nil, err
	}
	once := rand.Text()
	return []proofCase{
		{name: "the header in capitals", change: func(p *proof) { p.name = "DPOP" }, right: true, should: true},
		{name: "two proofs", change: func(p *proof) { p.sent = func(s string) []string { return []string{s, s} } }},
		{name: "no signature", change: sent(func(s string) string { return s[:strings.LastIndex(s, ".")] })},
		{name: "no typ", change: header("typ", nil)},
		{name: "no alg", change: sent(withoutAlg)},
		{name: "no jwk", change: header("jwk", nil)},
		{name: "no jti", change: claim("jti", nil)},
		{name: "no htm", change: claim("htm", nil)},
		{name: "no htu", change: claim("htu", nil)},
		{name: "no iat", change: claim("iat", nil)},
		{name: "no ath", change: claim("ath", nil)},
		{name: "another typ", change: header("typ", "dpop+jwt+wrongyousee")},
		{name: "alg none", change: sent(unsignedProof)},
		{name: "a wrong signature", change: sent(func(s string) string {
			return s[:strings.LastIndex(s, ".")+1] + base64.RawURLEncoding.EncodeToString(make([]byte, 64))
		})},
		{name: "the private key", change: header("jwk", private)},
		{name: "another method", change: claim("htm", http.MethodPut)},
		{name: "a query and a fragment", change: atAddress(func(s string) string { return s + "?query#fragment" }), right: true},
		{name: "another address", change: atAddress(func(s string) string { return s + "ohnonotagain" })},
		{name: "an hour in the future", change: issuedIn(3600)},
		{name: "an hour in the past", change: issuedIn(-3600)},
		{name: "a jti", change: claim("jti", once), right: true},
		{name: "the same jti", change: claim("jti", once), should: true},
		{name: "another ath", change: claim("ath", base64.RawURLEncoding.EncodeToString(make([]byte, 32)))},
		{name: "another key", change: func(p *proof) { p.signer, p.header["jwk"] = other, public }},
		{name: "more in header and claims", change: func(p *proof) {
			p.header["tx_id"], p.claims["tx_id_key"] = time.Now().Unix(), time.Now().Unix()
		}, right: true},
		{name: "scheme and host in capitals", change: atAddress(inCapitals), right: true, should: true},
		{name: "the scheme's own port", change: atAddress(withPort), right: true, should: true},
	}, nil
}

func header(name string, value any) func(*proof) {
	return func(p *proof) {
		p.header = maps.Clone(p.header)
		if p.header[name] = value; value == nil {
			delete(p.header, name)
		}
	}
}

func claim(name string, value any) func(*proof) {
	return func(p *proof) {
		if p.claims[name] = value; value == nil {
			delete(p.claims, name)
		}
	}
}

// sent is a proof that is changed after it was signed.
func sent(change func(signed string) string) func(*proof) {
	return func(p *proof) { p.sent = func(s string) []string { return []string{change(s)} } }
}

func atAddress(change func(string) string) func(*proof) {
	return func(p *proof) { p.claims["htu"] = change(p.claims["htu"].(string)) }
}

// reheaded is a JWT with another header.
func reheaded(signed string, change func(map[string]any)) string {
	parts := strings.Split(signed, ".")
	text, err := base64.RawURLEncoding.DecodeString(parts[0])
	var object map[string]any
	if err := errors.Join(err, json.Unmarshal(text, &object)); err != nil {
		return ""
	}
	change(object)
	if text, err = json.Marshal(object); err != nil {
		return ""
	}
	parts[0] = base64.RawURLEncoding.EncodeToString(text)
	return strings.Join(parts, ".")
}

func withoutAlg(signed string) string {
	return reheaded(signed, func(h map[string]any) { h["alg2"] = h["alg"]; delete(h, "alg") })
}

func unsignedProof(signed string) string {
	none := reheaded(signed, func(h map[string]any) { h["alg"] = "none"; delete(h, "jwk") })
	return none[:strings.LastIndex(none, ".")+1]
}

func inCapitals(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.Replace(address, u.Scheme+"://"+u.Host, strings.ToUpper(u.Scheme+"://"+u.Host), 1)
}

func withPort(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Port() != "" {
		return address
	}
	u.Host += ":443"
	return u.String()
}
