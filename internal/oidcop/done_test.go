package oidcop_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/idp"
)

var errSpy = errors.New("spy: what the log may know and nobody else")

// begun starts a sign-in and returns its transaction.
func (v *visitor) begun(client string) string {
	v.t.Helper()
	return strings.Split(location(v.get("/authorize", request("client_id", client, "redirect_uri", "https://"+client+".example/cb", "scope", "openid"))).Path, "/")[3]
}

func (v *visitor) finish(client idp.ClientID, tx string) *httptest.ResponseRecorder {
	return v.send(httptest.NewRequest("GET", browser.SigninPath(client, tx, "done"), nil))
}

// ABUSE 20
func TestEndBeforeTheEndLeadsBackToTheStep(t *testing.T) {
	v := newHouse(t).visitor()
	tx := v.begun("timesheets")
	if w := v.finish("timesheets", tx); w.Header().Get("Location") != "/signin/timesheets/"+tx+"/totp" {
		t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
	}
	if to := location(v.get("/authorize", request("prompt", "none"))).Query(); to.Get("error") != "login_required" {
		t.Fatalf("half a sign-in answered %v", to)
	}
}

// ABUSE 21: an attacker who holds the link but not the cookie gets nothing, even when the sign-in is done.
func TestSigninLinkInAnotherBrowserGivesNothing(t *testing.T) {
	h := newHouse(t)
	victim, thief := h.visitor(), h.visitor()
	tx := victim.begun("timesheets")
	h.desk.prove(tx, "usr_ana", "prc_mfa", idp.ACRMFA)
	w := thief.finish("timesheets", tx)
	if to := w.Header().Get("Location"); !strings.HasPrefix(to, "/signin/timesheets/") || strings.Contains(to, tx) {
		t.Fatalf("the thief was sent to %s", to)
	}
	if to := location(thief.get("/authorize", request("prompt", "none"))).Query(); to.Get("error") != "login_required" {
		t.Fatalf("the thief is signed in: %v", to)
	}
	if to := location(victim.finish("timesheets", tx)).Query(); to.Get("code") == "" {
		t.Fatalf("the victim's own sign-in was spoilt: %v", to)
	}
}

func TestEndOfASigninIsConsumed(t *testing.T) {
	v := newHouse(t).visitor()
	tx := v.begun("timesheets")
	v.desk.prove(tx, "usr_ana", "prc_mfa", idp.ACRMFA)
	v.finish("timesheets", tx)
	if w := v.finish("timesheets", tx); location(w).Query().Get("code") != "" || location(w).String() != "https://timesheets.example/login?iss=http%3A%2F%2F127.0.0.1%3A4000" {
		t.Fatalf("again: %s", location(w))
	}
	if w := v.finish("contacts", tx); w.Code != http.StatusNotFound { // it has no address to start from
		t.Fatalf("%d %s", w.Code, location(w))
	}
}

// ABUSE 23: a new cookie value at the app for each sign-in, and the session it replaces is over.
func TestNewSigninReplacesTheSession(t *testing.T) {
	v := newHouse(t).visitor()
	first := v.tokens()
	before := len(v.jar)
	v.signIn(request("prompt", "login"), "usr_ana")
	if len(v.jar) != before {
		t.Fatalf("cookies: %d, then %d", before, len(v.jar))
	}
	if w := v.userinfo(first["access_token"].(string)); w.Code != http.StatusUnauthorized {
		t.Fatalf("the replaced session lives: %d", w.Code)
	}
	wantError(t, v.refresh(first["refresh_token"].(string)), 400, "invalid_grant")
}

// A redirect URI that was taken from the app during a sign-in gets no code.
func TestRegistrationThatChangedDuringASignin(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	tx := v.begun("contacts")
	h.desk.prove(tx, "usr_ana", "prc_mfa", idp.ACRMFA)
	h.change("contacts", func(c *idp.Client) { c.RedirectURIs = []string{"https://contacts.example/new"} })
	h.clock.pass(time.Minute)
	if w := v.finish("contacts", tx); w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
		t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
	}
}

func TestAnotherPersonThanTheOneAskedForGetsNoCode(t *testing.T) {
	h := newHouse(t)
	hint := h.visitor().tokens()["id_token"].(string)
	w := h.visitor().signIn(request("id_token_hint", hint), "usr_ben")
	if q := location(w).Query(); q.Get("error") != "login_required" || q.Has("code") || q.Get("iss") != issuer {
		t.Fatalf("answered %v", q)
	}
}
