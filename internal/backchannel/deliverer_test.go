package backchannel

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

func TestAppIsToldByATokenOfTheSpecification(t *testing.T) {
	for status, alg := range map[int]string{http.StatusOK: "ES256", http.StatusNoContent: "RS256"} {
		a := newApp(t, httptest.NewTLSServer, status)
		p := newPost(t, true, a.Server)
		client := p.apps["lodgements"]
		client.IDTokenAlg = alg
		p.apps["lodgements"] = client
		if err := p.tell(); err != nil {
			t.Fatal(err)
		}
		call := a.calls[0]
		if len(a.calls) != 1 || call.Method != "POST" || call.URL.Path != "/bye" || call.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || len(a.got[0]) != 1 {
			t.Errorf("%d calls, %s %s %v %v", len(a.calls), call.Method, call.URL, call.Header, a.got[0])
		}
		header, claims := p.open(a.tokens()[0])
		if header["typ"] != "logout+jwt" || header["alg"] != alg || header["kid"] == nil || len(header) != 3 {
			t.Errorf("header %v", header)
		}
		jti, _ := claims["jti"].(string)
		delete(claims, "jti")
		want := `{"aud":"lodgements","events":{"http://schemas.openid.net/event/backchannel-logout":{}},"exp":1795424520,"iat":1795424400,"iss":"http://127.0.0.1:4000","sid":"ses_1","sub":"usr_1"}`
		if got, _ := json.Marshal(claims); string(got) != want || len(jti) < 20 {
			t.Errorf("claims %s, jti %q, want %s", got, jti, want)
		}
		p.trail.wantOne(t, idp.EventLogoutDelivered, idp.ResultSuccess, "idle")
	}
}

// An app that took the first token, and whose answer was lost, refuses a copy as a replay.
func TestEachTryHasATokenOfItsOwn(t *testing.T) {
	a := newApp(t, httptest.NewTLSServer, http.StatusServiceUnavailable)
	p := newPost(t, true, a.Server)
	if err := p.tell(); !errors.Is(err, idp.ErrUnavailable) {
		t.Fatal(err)
	}
	if len(p.trail.events) != 0 {
		t.Errorf("audit trail: %+v", p.trail.events)
	}
	a.status = http.StatusOK
	if err := p.tell(); err != nil {
		t.Fatal(err)
	}
	tokens := a.tokens()
	_, first := p.open(tokens[0])
	_, second := p.open(tokens[1])
	if first["jti"] == second["jti"] {
		t.Error("one token for two tries")
	}
	p.trail.wantOne(t, idp.EventLogoutDelivered, idp.ResultSuccess, "idle")
}

func TestWhatAnAnswerMeans(t *testing.T) {
	for status, want := range map[int]idp.Code{
		200: "", 204: "", 201: idp.CodeUnavailable, 202: idp.CodeUnavailable, 400: idp.CodeForbidden, 401: idp.CodeUnavailable,
		403: idp.CodeUnavailable, 404: idp.CodeUnavailable, 405: idp.CodeUnavailable, 429: idp.CodeUnavailable, 500: idp.CodeUnavailable,
		501: idp.CodeUnavailable, 503: idp.CodeUnavailable,
	} {
		p := newPost(t, true, newApp(t, httptest.NewServer, status).Server)
		if err := p.tell(); idp.CodeOf(err) != want {
			t.Errorf("%d: %v, want %q", status, err, want)
		}
	}
}

func TestNobodyToTell(t *testing.T) {
	for name, change := range map[string]func(apps){
		"the app is gone":     func(a apps) { delete(a, "lodgements") },
		"no longer registers": func(a apps) { a["lodgements"] = idp.Client{Registration: idp.Registration{ID: "lodgements"}} },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t, true, nil)
			change(p.apps)
			if err := p.tell(); err != nil {
				t.Fatal(err)
			}
			p.trail.wantOne(t, idp.EventLogoutFailed, idp.ResultFailure, "not_registered")
		})
	}
}

func TestGivingUpIsInTheTrail(t *testing.T) {
	for reason, why := range map[idp.Reason]error{
		"unreachable": idp.Wrap(idp.CodeUnavailable, errors.New("refused")), "refused": idp.Wrap(idp.CodeForbidden, errors.New("400")),
		"address": idp.Invalid("backchannel_logout_uri", "bad"),
	} {
		p := newPost(t, true, nil)
		if err := p.GiveUpLogout(context.Background(), message(), why); err != nil {
			t.Fatal(err)
		}
		p.trail.wantOne(t, idp.EventLogoutFailed, idp.ResultFailure, reason)
	}
}

// A delivery that could not be recorded in the trail counts as failed: the queue tries again, and the app is told twice rather
// than once without a record.
func TestTrailThatFails(t *testing.T) {
	a := newApp(t, httptest.NewTLSServer, http.StatusOK)
	p := newPost(t, true, a.Server)
	p.trail.broken = true
	if err := p.tell(); !errors.Is(err, idp.ErrUnavailable) {
		t.Errorf("delivered: %v", err)
	}
	if err := p.GiveUpLogout(context.Background(), message(), idp.ErrUnavailable); !errors.Is(err, idp.ErrUnavailable) {
		t.Errorf("given up: %v", err)
	}
}

func TestErrorsQuoteNeitherAddressNorToken(t *testing.T) {
	a := newApp(t, httptest.NewTLSServer, http.StatusOK)
	p := newPost(t, true, a.Server)
	for _, uri := range []string{"https://127.0.0.1:1/bye?key=hush", a.URL + "/bye?key=hush", "http://app.example/?key=hush", "https://app.example/%zz?key=hush"} {
		p.register(uri)
		a.status = http.StatusBadGateway
		err := p.tell()
		if err == nil || strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "eyJ") {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

func TestConfigurationThatIsRefused(t *testing.T) {
	p := newPost(t, true, nil)
	for name, row := range map[string]struct {
		config Config
		change func(*Deps)
	}{
		"loopback in production": {Config{Issuer: address(t, "https://id.example.com"), AllowLoopback: true}, nil}, // ABUSE 13
		"loopback in name only":  {Config{Issuer: address(t, "https://localhost.example.com"), AllowLoopback: true}, nil},
		"no issuer":              {Config{}, nil},
		"no keys":                {Config{Issuer: address(t, loopbackIssuer)}, func(d *Deps) { d.Keys = nil }},
		"no clients":             {Config{Issuer: address(t, loopbackIssuer)}, func(d *Deps) { d.Clients = nil }},
		"no audit":               {Config{Issuer: address(t, loopbackIssuer)}, func(d *Deps) { d.Audit = nil }},
		"no clock":               {Config{Issuer: address(t, loopbackIssuer)}, func(d *Deps) { d.Clock = nil }},
	} {
		deps := p.deps()
		if row.change != nil {
			row.change(&deps)
		}
		if _, err := New(row.config, deps); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := New(Config{Issuer: address(t, "https://id.example.com")}, p.deps()); err != nil {
		t.Error(err)
	}
}
