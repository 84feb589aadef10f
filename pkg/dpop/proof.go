package dpop

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Header is the name of the header that holds a proof.
const Header = "DPoP"

// NonceHeader is the name of the header in which a server gives the nonce of the next proof (RFC 9449, section 8.2).
const NonceHeader = "DPoP-Nonce"

// Scheme is the authentication scheme of an access token that is bound to a key, and its token_type (RFC 9449, sections 5 and 7.1).
const Scheme = "DPoP"

// typ is the type of a proof, so that no other JWT is taken for one (RFC 9449, section 4.2).
const typ = "dpop+jwt"

// How old a proof may be, and how far the clock of a client may be ahead (RFC 9449, section 11.1). FAPI 2.0, section 5.3.2.1, point 13,
// asks servers to take at least 10 seconds.
const (
	MaxAge   = time.Minute
	MaxAhead = 10 * time.Second
)

// Bounds of a proof: a key of 4,096 bits takes 1,400 bytes of it, its signature 700.
const (
	maxProof  = 8 << 10 // bytes
	maxID     = 256     // bytes of the jti: it is remembered
	maxNonce  = 512     // bytes
	leastRSA  = 2048    // bits
	mostRSA   = 4096    // bits: a longer key is costly to check
	rsaPublic = 65537
)

// Algorithms lists those that a proof may be signed with: dpop_signing_alg_values_supported. FAPI 2.0, section 5.4.1, has the same.
func Algorithms() []string { return []string{"ES256", "PS256", "EdDSA"} }

func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.ES256, jose.PS256, jose.EdDSA}
}

// ErrInvalid is what every error of Verify is (the error code invalid_dpop_proof of RFC 9449, section 5).
var ErrInvalid = errors.New("dpop: invalid proof")

// Request is what a proof must be for.
type Request struct {
	Method string
	URL    string // as clients are told it; of query and fragment nothing is compared
	// AccessToken is the token that comes with the request; "": there is none, as at a token endpoint.
	AccessToken string
}

// Proof is a proof that is right.
type Proof struct {
	Thumbprint string // of the key, SHA-256 in base64url (RFC 7638): what a token is bound to, as jkt
	ID         string // jti; see Key
	Nonce      string // of the server, as the client says; "": none
	IssuedAt   time.Time
}

// Key names the proof among those of all clients: a server takes it once, until Until.
func (p Proof) Key() string {
	sum := sha256.Sum256([]byte(p.Thumbprint + "/" + p.ID))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Until is when the proof is too old for everybody.
func (p Proof) Until() time.Time { return p.IssuedAt.Add(MaxAge) }

// claims are those that are looked at; a proof may have more.
type claims struct {
	ID          *string  `json:"jti"`
	Method      *string  `json:"htm"`
	URL         *string  `json:"htu"`
	IssuedAt    *float64 `json:"iat"`
	Expires     *float64 `json:"exp"`
	NotBefore   *float64 `json:"nbf"`
	AccessToken *string  `json:"ath"`
	Nonce       *string  `json:"nonce"`
}

// Verify checks the headers of this name that a request has, of which there must be one (RFC 9449, section 4.3). Its errors are ErrInvalid
// and say to the makers of a client what is wrong; they hold nothing of the proof.
func Verify(headers []string, of Request, now time.Time) (Proof, error) {
	if len(headers) != 1 {
		return Proof{}, wrong("send exactly one DPoP header")
	}
	key, payload, err := opened(headers[0])
	if err != nil {
		return Proof{}, err
	}
	var c claims
	if json.Unmarshal(payload, &c) != nil {
		return Proof{}, wrong("a claim has the wrong type")
	}
	if err := c.check(of, now); err != nil {
		return Proof{}, err
	}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return Proof{}, wrong("the jwk has no thumbprint")
	}
	p := Proof{Thumbprint: base64.RawURLEncoding.EncodeToString(thumbprint), ID: *c.ID, IssuedAt: timeOf(*c.IssuedAt)}
	if c.Nonce != nil {
		p.Nonce = *c.Nonce
	}
	return p, nil
}

// opened returns the key in the header of a proof, and what was signed with it.
func opened(proof string) (jose.JSONWebKey, []byte, error) {
	if len(proof) > maxProof {
		return jose.JSONWebKey{}, nil, wrong("the proof is too long")
	}
	signed, err := jose.ParseSignedCompact(proof, algorithms())
	if err != nil {
		return jose.JSONWebKey{}, nil, wrong("it must be a JWT, signed by ES256, PS256 or EdDSA, with the public key in its header")
	}
	header := signed.Signatures[0].Protected
	switch {
	case header.ExtraHeaders[jose.HeaderType] != typ:
		return jose.JSONWebKey{}, nil, wrong("typ must be " + typ)
	case header.JSONWebKey == nil || !header.JSONWebKey.IsPublic() || !header.JSONWebKey.Valid():
		return jose.JSONWebKey{}, nil, wrong("the jwk in its header must be a public key")
	case !sound(*header.JSONWebKey):
		return jose.JSONWebKey{}, nil, wrong("an RSA key must have 2,048 to 4,096 bits")
	}
	payload, err := signed.Verify(*header.JSONWebKey)
	if err != nil {
		return jose.JSONWebKey{}, nil, wrong("the signature is not of the key in the header")
	}
	return *header.JSONWebKey, payload, nil
}

// sound reports whether an RSA key is of a size that is neither broken nor costly.
func sound(key jose.JSONWebKey) bool {
	public, is := key.Key.(*rsa.PublicKey)
	return !is || public.N.BitLen() >= leastRSA && public.N.BitLen() <= mostRSA && public.E == rsaPublic
}

func (c claims) check(of Request, now time.Time) error {
	switch {
	case c.ID == nil || *c.ID == "" || len(*c.ID) > maxID:
		return wrong(fmt.Sprintf("it needs a jti of at most %d bytes", maxID))
	case c.Method == nil || *c.Method != of.Method:
		return wrong("htm must be the method of the request")
	case c.URL == nil || !sameAddress(*c.URL, of.URL):
		return wrong("htu must be the address of the request")
	case c.IssuedAt == nil || !isTime(*c.IssuedAt):
		return wrong("it needs an iat")
	case timeOf(*c.IssuedAt).After(now.Add(MaxAhead)):
		return wrong("iat is in the future: see the Date of this answer")
	case !timeOf(*c.IssuedAt).After(now.Add(-MaxAge)):
		return wrong("iat is too old: see the Date of this answer, and sign a proof for each request")
	case c.Expires != nil && (!isTime(*c.Expires) || !now.Before(timeOf(*c.Expires))):
		return wrong("exp is past")
	case c.NotBefore != nil && (!isTime(*c.NotBefore) || timeOf(*c.NotBefore).After(now.Add(MaxAhead))):
		return wrong("nbf is in the future")
	case c.Nonce != nil && len(*c.Nonce) > maxNonce:
		return wrong("the nonce is too long")
	case !c.isFor(of.AccessToken):
		return wrong("ath must be the hash of the access token, in base64url")
	default:
		return nil
	}
}

// isFor reports whether the proof is for this access token. Without one, what it says of one is not looked at.
func (c claims) isFor(token string) bool {
	return token == "" || c.AccessToken != nil && subtle.ConstantTimeCompare([]byte(*c.AccessToken), []byte(hashOf(token))) == 1
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// isTime reports whether a number is one of seconds that a date can have.
func isTime(seconds float64) bool { return seconds >= 0 && seconds < 1<<36 && !math.IsNaN(seconds) }

func timeOf(seconds float64) time.Time { return time.Unix(int64(seconds), 0) }

func wrong(why string) error { return fmt.Errorf("%w: %s", ErrInvalid, why) }
