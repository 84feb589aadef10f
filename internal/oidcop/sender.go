package oidcop

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/pkg/dpop"
)

// A token may be bound to a key of its client (RFC 9449): then it is of no use to whoever steals it alone. A request shows the key by a
// proof, which is signed for that request.

// nonceLifetime is how long a client may use a nonce of ours (RFC 9449, section 8).
const nonceLifetime = 5 * time.Minute

const noncePlace = "dpop-nonce"

// presented is an access token as a request brought it.
type presented struct {
	token string
	jkt   string // the key of the proof beside it; "": it came as a bearer token
	x5t   string // the certificate of the connection; "": none
}

// fits reports whether the token came as it has to: with the proof of the key that it is bound to, or as a bearer token (RFC 9449, section
// 7.2), and on a connection with the certificate that it is bound to (RFC 8705, section 3). One that is bound to a key is never a bearer token,
// and one that is not gains nothing by a proof. A token that is bound to no certificate may come with any.
func (p presented) fits(of Reference) bool {
	return p.jkt == of.JKT && (of.X5T == "" || p.x5t == of.X5T)
}

// presented returns the token of the one Authorization header there is, and no other token came. found is false if there is none.
func (s *Server) presented(w http.ResponseWriter, r *http.Request, now time.Time) (p presented, found bool, err error) {
	headers := r.Header.Values("Authorization")
	p.x5t = s.shownAt(r)
	if len(headers) != 1 || r.URL.Query().Get("access_token") != "" {
		return p, false, nil
	}
	scheme, token, found := strings.Cut(headers[0], " ")
	switch {
	case !found:
		return p, false, nil
	case strings.EqualFold(scheme, oidc.BearerToken):
		p.token = token
		return p, true, nil
	case !strings.EqualFold(scheme, dpop.Scheme):
		return p, false, nil
	}
	p.token = token
	p.jkt, err = s.proved(w, r, token, now)
	if err == nil && p.jkt == "" {
		err = invalidProof("send a DPoP proof with the access token")
	}
	return p, true, err
}

// proved returns the key whose proof came with a request, beside this access token if it is not ""; "" if no proof came. A proof counts
// once (RFC 9449, section 11.1), and gets the nonce for the next.
func (s *Server) proved(w http.ResponseWriter, r *http.Request, token string, now time.Time) (jkt string, err error) {
	headers := r.Header.Values(dpop.Header)
	if len(headers) == 0 {
		return "", nil
	}
	w.Header().Set(dpop.NonceHeader, s.nonce(now))
	proof, err := dpop.Verify(headers, dpop.Request{Method: r.Method, URL: s.originOf(r) + r.URL.EscapedPath(), AccessToken: token}, now)
	if err != nil {
		return "", invalidProof(strings.TrimPrefix(err.Error(), dpop.ErrInvalid.Error()+": "))
	}
	if proof.Nonce != "" && !s.isNonce(proof.Nonce, now) {
		return "", (&oidc.Error{ErrorType: codeUseNonce}).WithDescription("Sign the DPoP proof with the nonce of this answer.")
	}
	first, err := s.deps.SeenProofs.See(r.Context(), proof.Key(), proof.Until().Sub(now))
	if err != nil {
		return "", err
	}
	if !first {
		return "", invalidProof("it was used before: sign one for each request")
	}
	return proof.Thumbprint, nil
}

func invalidProof(why string) error {
	return (&oidc.Error{ErrorType: codeInvalidProof}).WithDescription("The DPoP proof: %s.", why)
}

// nonce says when it was made, and that we made it: so every node knows it, and none keeps it.
func (s *Server) nonce(now time.Time) string {
	at := binary.BigEndian.AppendUint64(nil, uint64(now.Unix())) // #nosec G115 -- after 1970
	return base64.RawURLEncoding.EncodeToString(append(at, s.deps.Proofs.MAC(at, noncePlace)...))
}

// isNonce reports whether it is one of ours that may still be used.
func (s *Server) isNonce(text string, now time.Time) bool {
	const size = 8
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) <= size || !s.deps.Proofs.VerifyMAC(raw[:size], noncePlace, raw[size:]) {
		return false
	}
	made := time.Unix(int64(binary.BigEndian.Uint64(raw[:size])), 0) // #nosec G115 -- it is ours
	return !made.After(now.Add(clocksApart)) && now.Before(made.Add(nonceLifetime))
}

// challengeOf is what a 401 of a protected resource asks for: what the request tried (RFC 6750, section 3; RFC 9449, section 7.1). code is
// the error; "" for a request without a token.
func challengeOf(r *http.Request, code string) string {
	challenge := bearerChallenge
	if headers := r.Header.Values("Authorization"); len(headers) == 1 && hasScheme(headers[0], dpop.Scheme) {
		challenge = `DPoP realm="APS ID", algs="` + strings.Join(dpop.Algorithms(), " ") + `"`
	}
	if code != "" {
		challenge += `, error="` + string(code) + `"`
	}
	return challenge
}
