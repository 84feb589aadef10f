package oidcop

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
)

// Error codes that the library has no name for.
const (
	codeTemporarilyUnavailable = "temporarily_unavailable"           // RFC 6749, section 4.1.2.1
	codeInvalidToken           = "invalid_token"                     // RFC 6750, section 3.1
	codeInsufficientScope      = "insufficient_scope"                // likewise
	codeUnsupportedResponse    = "unsupported_response_type"         // RFC 6749, section 4.1.2.1
	codeRequestURINotSupported = "request_uri_not_supported"         // OpenID Connect Core, section 3.1.2.6
	codeRegistrationNotSupport = "registration_not_supported"        // likewise
	codeInvalidRequest         = "invalid_request"                   // RFC 6749, section 5.2
	codeServerError            = "server_error"                      // RFC 6749, section 4.1.2.1
	codeInvalidProof           = "invalid_dpop_proof"                // RFC 9449, section 5
	codeUseNonce               = "use_dpop_nonce"                    // RFC 9449, section 8
	codeTooSoon                = "too_soon"                          // ours, of the inactivity contract
	codeUnmetRequirements      = "unmet_authentication_requirements" // OpenID Connect Unmet Authentication Requirements 1.0
)

// retryAfter is how long a caller is told to wait when a store does not answer.
const retryAfter = 2 * time.Second

// protocolError is the one mapper: it turns any error into what the other side may know of it. An error of the protocol passes
// as it is; a bound or a store that is down is temporarily_unavailable; anything else is a server_error without a text. The
// cause stays inside, for the log.
func protocolError(err error) *oidc.Error {
	var known *oidc.Error
	if errors.As(err, &known) {
		return known
	}
	switch idp.CodeOf(err) {
	case idp.CodeBusy, idp.CodeUnavailable:
		return (&oidc.Error{ErrorType: codeTemporarilyUnavailable}).WithDescription("Try again shortly.").WithParent(err)
	default:
		return oidc.ErrServerError().WithParent(err)
	}
}

// statusOf is the HTTP status of an error that is answered directly rather than through a redirect.
func statusOf(e *oidc.Error) int {
	switch e.ErrorType {
	case oidc.InvalidClient, codeInvalidToken:
		return http.StatusUnauthorized
	case codeInsufficientScope:
		return http.StatusForbidden
	case oidc.ServerError:
		return http.StatusInternalServerError
	case codeTemporarilyUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusBadRequest
	}
}

// refuse answers a program with an error, and says it in the log with its cause. A 401 and a 403 ask for challenge, if there is one (RFC
// 6749, section 5.2; RFC 6750, section 3), and a 503 says when to come again.
func (s *Server) refuse(ctx context.Context, w http.ResponseWriter, challenge string, status int, e *oidc.Error) {
	s.deps.Log.Log(ctx, e.LogLevel(), "request error", "oidc_error", e, "status_code", status)
	if (status == http.StatusUnauthorized || status == http.StatusForbidden) && challenge != "" {
		w.Header().Set("WWW-Authenticate", challenge)
	}
	writeError(w, status, e)
}

// writeError answers a machine (RFC 6749, section 5.2).
func writeError(w http.ResponseWriter, status int, e *oidc.Error) {
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", retryAfterHeader())
	}
	writeJSON(w, status, e)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // an error means that the caller has gone
}

// signedAnswer is a body that is a JWT.
type signedAnswer struct{ text, media string }

// writeAnswer answers a client: with JSON, unless it asked for something that is signed.
func writeAnswer(w http.ResponseWriter, status int, body any) {
	signed, is := body.(signedAnswer)
	if !is {
		writeJSON(w, status, body)
		return
	}
	w.Header().Set("Content-Type", signed.media)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(signed.text)) // an error means that the caller has gone
}

func retryAfterHeader() string { return strconv.Itoa(int(retryAfter / time.Second)) }
