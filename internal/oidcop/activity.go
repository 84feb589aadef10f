package oidcop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/pkg/apsid"
)

// maxReport is the size of a report of activity, in bytes.
const maxReport = 1 << 10

// activity is the inactivity contract: an app reports how long ago its person last did something, and is told how long the
// session has left. The access token names the session, so a report can touch no other. The app's server reports, whose pages never
// hold the token; or the page itself, for an app that runs in one.
func (s *Server) activity(w http.ResponseWriter, r *http.Request) {
	private(w.Header())
	now := s.deps.Clock()
	from, err := s.reporter(w, r, now)
	if !s.admit(w, r, from.client) {
		err = errForeign
	}
	if err != nil {
		s.refuseReport(w, r, from, err)
		return
	}
	age, err := readReport(w, r)
	if err != nil {
		s.refuseReport(w, r, from, err)
		return
	}
	left, err := s.deps.Sessions.Report(r.Context(), from.sid, from.client, age, now)
	if err != nil {
		s.refuseReport(w, r, from, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(apsid.ActivityAnswer{ // an error: the caller has gone
		IdleTimeout:   int(seconds(left.IdleTimeout)),
		IdleExpiresIn: int(seconds(left.IdleExpiresIn)),
		ExpiresIn:     int(seconds(left.ExpiresIn)),
	})
}

// reporter is the session that a report is about.
type reporter struct {
	client idp.Client
	sid    idp.SID
}

// reporter reads the access token of a report: a person's, for this provider, of an app that is enabled.
//
// It is verified from memory, and the list of revoked tokens is not asked, so that a report costs one round trip to Redis, the
// one that moves the activity: the state of the session decides, and a session that ends for any reason ends there at once. A
// token that was revoked alone could report for the five minutes it has left, and gets nothing for it: no data, no token.
//
// A token that has expired gets no report through, but if its session is over too, the app is told so, and why: the last token
// of a session ends with it.
func (s *Server) reporter(w http.ResponseWriter, r *http.Request, now time.Time) (reporter, error) {
	came, found, unproved := s.presented(w, r, now)
	if !found {
		return reporter{}, errNoBearer
	}
	content, err := s.reportToken(r.Context(), came.token)
	if err != nil {
		return reporter{}, err
	}
	if unproved == nil && !came.fits(content) {
		unproved = errNotOurs
	}
	if content.SID == "" || !slices.Contains(content.Audience, s.issuer) {
		return reporter{}, errNotOurs
	}
	client, err := s.findClient(r.Context(), content.ClientID)
	if err != nil {
		return reporter{}, err
	}
	from := reporter{client: client, sid: content.SID}
	switch {
	case client.Disabled:
		return from, errNotOurs
	case unproved != nil:
		return from, unproved
	case now.Before(content.ExpiresAt):
		return from, nil
	}
	if _, err := s.deps.Sessions.Check(r.Context(), from.sid, client, now); err != nil {
		return from, err
	}
	return from, errNotOurs
}

// reportToken returns the content of an access token of this provider in either form, expired or not.
func (s *Server) reportToken(ctx context.Context, token string) (Reference, error) {
	if signed, opaque := s.unsealed(token); opaque {
		token = signed
	}
	if strings.Count(token, ".") != 2 {
		return s.deps.References.FindReference(ctx, idp.HashToken(token))
	}
	claims, err := s.issuedJWT(ctx, token, s.deps.Clock())
	if err != nil {
		return Reference{}, err
	}
	return contentOf(claims), nil
}

var (
	errForeign    = errors.New("the origin is not one of the client's")
	errNoBearer   = errors.New("no bearer token")
	errNotJSON    = errors.New("the report is not JSON")
	errReportType = errors.New("the report is not declared as JSON")
)

// readReport reads {"idle_seconds": n} and nothing else: no other member, none twice, a whole number.
func readReport(w http.ResponseWriter, r *http.Request) (age time.Duration, err error) {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(media), "application/json") {
		return 0, errReportType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxReport))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return 0, errTooLarge
	}
	if err != nil || !json.Valid(body) {
		return 0, errNotJSON
	}
	n, err := idleSeconds(json.NewDecoder(strings.NewReader(string(body))))
	if err != nil {
		return 0, err
	}
	return time.Duration(min(max(n, -1), math.MaxInt32)) * time.Second, nil // what is out of range is still so, and fits
}

// idleSeconds goes through valid JSON token by token: the usual decoding takes the last of two members of one name, and a name
// in any case.
func idleSeconds(body *json.Decoder) (int64, error) {
	body.UseNumber()
	var tokens [4]json.Token
	for i := range tokens {
		tokens[i], _ = body.Token() // nil at the end of the text
	}
	number, isNumber := tokens[2].(json.Number)
	if tokens[0] != json.Delim('{') || tokens[1] != "idle_seconds" || !isNumber || tokens[3] != json.Delim('}') {
		return 0, idp.Invalid("idle_seconds", "must be a whole number, and the only member")
	}
	n, err := number.Int64()
	if err != nil {
		return 0, idp.Invalid("idle_seconds", "must be a whole number of seconds")
	}
	return n, nil
}

// refuseReport answers a report that changed nothing, and logs errors that are the provider's own fault.
func (s *Server) refuseReport(w http.ResponseWriter, r *http.Request, from reporter, err error) {
	p := reportProblem(r, err)
	if p.Status >= http.StatusInternalServerError {
		s.deps.Log.ErrorContext(r.Context(), "activity report failed", "client", from.client.ID, "sid", from.sid, "error", err)
	}
	p.write(w)
}

// reportProblem is the mapper of this endpoint.
func reportProblem(r *http.Request, err error) problem {
	var refused *oidc.Error
	var over *session.Ended
	var e *idp.Error
	switch {
	case errors.As(err, &over):
		return problem{
			Status: http.StatusUnauthorized, Error: apsid.ErrorSessionEnded, Reason: string(over.Reason), Title: "The session has ended.",
			challenge: fmt.Sprintf(`Bearer realm="APS ID", error="invalid_token", error_description="The session has ended: %s."`, over.Reason),
		}
	case errors.As(err, &refused): // a proof that is wrong
		return problem{
			Status: http.StatusUnauthorized, Error: string(refused.ErrorType), Title: "The DPoP proof does not count.", Detail: refused.Description,
			challenge: challengeOf(r, string(refused.ErrorType)),
		}
	case errors.Is(err, errForeign):
		return problem{Status: http.StatusForbidden, Error: codeInvalidRequest, Title: foreignOrigin}
	case errors.Is(err, errNoBearer):
		return problem{Status: http.StatusUnauthorized, Title: "Send the access token as a Bearer token in the Authorization header.", challenge: `Bearer realm="APS ID"`}
	case errors.Is(err, errNotOurs), errors.Is(err, idp.ErrNotFound):
		return problem{Status: http.StatusUnauthorized, Error: codeInvalidToken, Title: "The access token is not valid here.", challenge: challengeOf(r, codeInvalidToken)}
	case errors.Is(err, errReportType):
		return problem{Status: http.StatusUnsupportedMediaType, Error: codeInvalidRequest, Title: "Send application/json."}
	case errors.Is(err, errTooLarge):
		return problem{Status: http.StatusRequestEntityTooLarge, Error: codeInvalidRequest, Title: "The report is too large."}
	case errors.Is(err, errNotJSON):
		return problem{Status: http.StatusBadRequest, Error: codeInvalidRequest, Title: "The report is not JSON."}
	}
	switch errors.As(err, &e); idp.CodeOf(err) {
	case idp.CodeInvalid:
		return problem{Status: http.StatusUnprocessableEntity, Error: codeInvalidRequest, Title: "The report can't be taken.", Detail: e.Field + " " + e.Public + "."}
	case idp.CodeBusy:
		return problem{Status: http.StatusTooManyRequests, Error: codeTooSoon, Title: "A session reports once in a quarter of its limit of inactivity, and once a minute at most.", retryAfter: e.RetryAfter}
	case idp.CodeUnavailable:
		return problem{Status: http.StatusServiceUnavailable, Error: codeTemporarilyUnavailable, Title: "Try again shortly.", retryAfter: retryAfter}
	default:
		return problem{Status: http.StatusInternalServerError, Error: codeServerError, Title: "Something went wrong."}
	}
}
