package oidcop_test

import (
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/tally"
)

// describable are the characters that an error_description may have (RFC 6749, section 5.2).
var describable = regexp.MustCompile(`^[\x20-\x21\x23-\x5B\x5D-\x7E]+$`)

// Every refusal names what to change, and has a reference that stands in its one event too.
func TestEveryRefusalSaysWhatToChange(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	token := func(pairs ...string) func() *httptest.ResponseRecorder {
		return func() *httptest.ResponseRecorder {
			return h.post("/oauth/token", with(url.Values{}, pairs...), "timesheets", secret)
		}
	}
	authorize := func(pairs ...string) func() *httptest.ResponseRecorder {
		return func() *httptest.ResponseRecorder { return v.get("/authorize", request(pairs...)) }
	}
	for name, c := range map[string]struct {
		ask    func() *httptest.ResponseRecorder
		names  string
		reason idp.Reason
	}{
		"no grant":            {token("scope", "openid"), "grant_type", "invalid_request"},
		"another grant":       {token("grant_type", "password"), "authorization_code", "unsupported"},
		"a machine's grant":   {token("grant_type", "client_credentials"), "client_credentials", "unauthorized_client"},
		"no code":             {token("grant_type", "authorization_code", "redirect_uri", "https://x.example"), "code", "invalid_request"},
		"no redirect URI":     {token("grant_type", "authorization_code", "code", "x"), "redirect_uri", "invalid_request"},
		"no refresh token":    {token("grant_type", "refresh_token"), "refresh_token", "invalid_request"},
		"an unknown code":     {token("grant_type", "authorization_code", "code", "x", "redirect_uri", "https://x.example"), "code", "invalid_grant"},
		"an unknown token":    {token("grant_type", "refresh_token", "refresh_token", "x"), "refresh token", "invalid_grant"},
		"a long parameter":    {token("grant_type", "refresh_token", "refresh_token", strings.Repeat("x", 9<<10)), "refresh_token", "invalid_request"},
		"a made-up parameter": {token("grant_type", "refresh_token", "<b>", strings.Repeat("x", 9<<10)), "A parameter", "invalid_request"},
		"nothing to revoke":   {func() *httptest.ResponseRecorder { return h.post("/oauth/revoke", url.Values{}, "timesheets", secret) }, "token", "invalid_request"},
		"nothing to look at": {func() *httptest.ResponseRecorder {
			return h.post("/oauth/introspect", url.Values{}, "timesheets", secret)
		}, "token", "invalid_request"},
		"a dead access token": {func() *httptest.ResponseRecorder { return h.userinfo("x") }, "access token", "invalid_token"},
		"a wrong method": {func() *httptest.ResponseRecorder {
			return h.post("/oauth/token", redemption("x"), "contacts", secret)
		}, "client_secret_post", "method"},
		"no response type":     {authorize("response_type", "-"), "response_type", "invalid_request"},
		"a token in the URL":   {authorize("response_type", "token"), "response_type", "unsupported"},
		"no openid":            {authorize("scope", "profile"), "openid", "invalid_scope"},
		"an unknown prompt":    {authorize("prompt", "dance"), "prompt", "invalid_request"},
		"an unknown mode":      {authorize("response_mode", "fragment"), "response_mode", "invalid_request"},
		"a request object":     {authorize("request", "x"), "Request objects", "unsupported"},
		"a request elsewhere":  {authorize("request_uri", "https://x.example"), "request_uri", "unsupported"},
		"a registration":       {authorize("registration", "{}"), "registration", "unsupported"},
		"a plain challenge":    {authorize("code_challenge_method", "plain"), "S256", "invalid_request"},
		"an age that is none":  {authorize("max_age", "soon"), "max_age", "invalid_request"},
		"claims that are none": {authorize("claims", "["), "claims", "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			h.refers(t, c.ask, c.names, c.reason)
		})
	}
}

// refers holds that a refusal names what to change, and has a reference that stands in its one event too.
func (h *house) refers(t *testing.T, ask func() *httptest.ResponseRecorder, names string, reason idp.Reason) {
	t.Helper()
	h.clock.pass(tally.Interval) // the rate of the trail
	known := make(map[idp.EventID]bool)
	all := func() []idp.AuditEvent {
		return append(h.events(idp.EventRequestRefused), h.events(idp.EventClientRejected)...)
	}
	for _, e := range all() {
		known[e.ID] = true
	}
	w := ask()
	description := ""
	if location := w.Header().Get("Location"); location != "" {
		description = must(url.Parse(location)).Query().Get("error_description")
	} else {
		description, _ = decode(t, w)["error_description"].(string)
	}
	if !describable.MatchString(description) || !strings.Contains(description, names) || !strings.HasSuffix(description, " (reference req_1)") {
		t.Errorf("%d, description %q", w.Code, description)
	}
	events := slices.DeleteFunc(all(), func(e idp.AuditEvent) bool { return known[e.ID] })
	if len(events) != 1 || events[0].Reason != reason || events[0].Details["reference"] != "req_1" {
		t.Errorf("events %+v, want one with the reason %q and the reference", events, reason)
	}
}

// What only says that a person is needed refuses nothing, and leaves no event.
func TestASilentAnswerIsNoRefusal(t *testing.T) {
	h := newHouse(t)
	w := h.visitor().get("/authorize", request("prompt", "none"))
	query := must(url.Parse(w.Header().Get("Location"))).Query()
	if query.Get("error") != "login_required" || strings.Contains(query.Get("error_description"), "reference") {
		t.Errorf("%v", query)
	}
	if got := h.events(idp.EventRequestRefused); len(got) != 0 {
		t.Errorf("events %+v", got)
	}
}
