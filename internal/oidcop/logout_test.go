package oidcop_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

func TestLogoutOfOneAppLeavesTheWholeSignin(t *testing.T) {
	h := newHouse(t)
	v, elsewhere := h.visitor(), h.visitor()
	books, other := v.enter("books", "usr_ana"), elsewhere.enter("books", "usr_ana")
	payroll, lodgements, vault := v.silently("payroll"), v.silently("lodgements"), v.enter("vault", "usr_ana")
	w := v.get("/end_session", url.Values{"id_token_hint": {payroll.id}, "post_logout_redirect_uri": {"https://payroll.example/bye"}, "state": {"x&y"}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "https://payroll.example/bye?state=x%26y" {
		t.Errorf("%d %s", w.Code, w.Header().Get("Location"))
	}
	if len(v.jar) != 1 { // vault's
		t.Errorf("%d cookies are left", len(v.jar))
	}
	for _, m := range []*member{books, payroll, lodgements} {
		m.wantOver("logout")
		v.wantForm(m.app)
	}
	vault.wantSilent("")
	other.wantSilent("") // a sign-in of its own
	if got := h.told.apps(); !slices.Equal(got, []string{"books logout", "lodgements logout", "payroll logout"}) {
		t.Errorf("told %v", got)
	}
	events := h.events(idp.EventSessionEnded)
	seen := make(map[idp.SID]idp.ClientID)
	for _, e := range events {
		seen[e.SID] = e.ClientID
		if e.Reason != "logout" || e.Actor != (idp.Actor{Kind: idp.ActorUser, ID: "usr_ana"}) || e.PracticeID != "prc_mfa" {
			t.Errorf("audit trail: %+v", e)
		}
	}
	if len(events) != 3 || seen[books.sid()] != "books" || seen[payroll.sid()] != "payroll" || seen[lodgements.sid()] != "lodgements" {
		t.Errorf("audit trail: %v", seen)
	}
}

func TestLogoutOfAnAppAloneLeavesTheGroup(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	books, vault := v.enter("books", "usr_ana"), v.enter("vault", "usr_ana")
	v.get("/end_session", url.Values{"id_token_hint": {vault.id}})
	vault.wantOver("logout")
	books.wantSilent("")
}

// A person who signed in twice in one browser, and signs out, must not be let in by the other sign-in.
func TestLogoutEndsEverySigninOfTheGroupInThisBrowser(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	books, lodgements := v.enter("books", "usr_ana"), v.enter("lodgements", "usr_ana", "prompt", "login")
	if books.stored().SignOn == lodgements.stored().SignOn {
		t.Fatal("not two sign-ins")
	}
	v.get("/end_session", url.Values{"id_token_hint": {books.id}})
	books.wantOver("logout")
	lodgements.wantOver("logout")
}

func TestLogoutOfALapsedAppLeavesTheSignin(t *testing.T) {
	for name, browser := range map[string]func(*visitor) *visitor{
		"in its browser": func(v *visitor) *visitor { return v },
		"by the hint":    func(v *visitor) *visitor { return v.house.visitor() },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			v := h.visitor()
			books, lodgements := v.enter("books", "usr_ana"), v.silently("lodgements")
			h.clock.pass(17 * time.Minute)
			must(h.sessions.Sweep(context.Background(), h.clock.read()))
			books.wantSilent("")
			browser(v).get("/end_session", url.Values{"id_token_hint": {lodgements.id}})
			books.wantSilent("login_required")
			if got := h.told.apps(); !slices.Equal(got, []string{"books logout", "lodgements idle"}) {
				t.Errorf("told %v", got)
			}
		})
	}
}

// ABUSE 12: a link on any site must not sign a person out of a group either.
func TestLogoutOfAGroupIsTheirOwnWish(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	books := v.enter("books", "usr_ana")
	ben := h.visitor().enter("payroll", "usr_ben")
	alien := httptest.NewRequest("POST", "/end_session", strings.NewReader("client_id=payroll&confirm=yes"))
	alien.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	alien.Header.Set("Sec-Fetch-Site", "cross-site")
	for name, w := range map[string]*httptest.ResponseRecorder{
		"no hint":            v.get("/end_session", url.Values{"client_id": {"payroll"}}), // where this browser has no session of its own
		"another's hint":     v.get("/end_session", url.Values{"id_token_hint": {ben.id}}),
		"another app's hint": v.get("/end_session", url.Values{"client_id": {"payroll"}, "id_token_hint": {books.id}}),
		"made up":            v.get("/end_session", url.Values{"client_id": {"payroll"}, "id_token_hint": {unsigned(books.id)}}),
		"from another site":  v.send(alien),
	} {
		if w.Body.String() != "confirm logout" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	books.wantSilent("")
	ben.wantSilent("")

	blind := httptest.NewRequest("POST", "/end_session", strings.NewReader("client_id=books")) // which comes without cookies, as they are Lax
	blind.Header = alien.Header.Clone()
	blind.Header.Del("Cookie")
	if cleared := h.do(blind).Result().Cookies(); len(cleared) != 0 {
		t.Errorf("another site cleared %v", cleared)
	}

	form := url.Values{}
	for _, field := range h.pages.logout.Fields {
		form.Set(field.Name, field.Value)
	}
	if w := v.post(h.pages.logout.Action, form); w.Body.String() != "signed out" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	books.wantOver("logout")
	ben.wantSilent("")
}

func TestPlantedCookieOfTheGroupAtLogout(t *testing.T) { // ABUSE 23
	h := newHouse(t)
	v := h.visitor()
	books := v.enter("books", "usr_ana")
	r := httptest.NewRequest("GET", "/end_session?"+url.Values{"id_token_hint": {books.id}}.Encode(), nil)
	for name, value := range v.jar {
		r.Header.Add("Cookie", name+"=planted; "+name+"="+value)
	}
	w := h.do(r)
	if w.Code != http.StatusBadRequest || !strings.HasPrefix(w.Body.String(), "error page") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if cleared := w.Result().Cookies(); len(cleared) != 1 || cleared[0].MaxAge >= 0 {
		t.Errorf("cookies are %v", cleared)
	}
}

// A link to the bare endpoint names no app: the person is asked, and then leaves every app of this browser.
func TestLogoutOfNoAppInParticular(t *testing.T) { // ABUSE 12
	h := newHouse(t)
	v, elsewhere := h.visitor(), h.visitor()
	books, vault := v.enter("books", "usr_ana"), v.enter("vault", "usr_ana")
	other := elsewhere.enter("vault", "usr_ana")
	for _, query := range []url.Values{nil, {"id_token_hint": {"rubbish"}}, {"state": {"x"}}} {
		if w := v.get("/end_session", query); w.Body.String() != "confirm logout" {
			t.Errorf("%v: %d %s", query, w.Code, w.Body)
		}
	}
	if w := v.get("/end_session", url.Values{"post_logout_redirect_uri": {"https://payroll.example/bye"}}); w.Body.String() != "confirm logout" {
		t.Errorf("to somewhere, without an app: %d %s", w.Code, w.Body)
	}
	for _, f := range h.pages.logout.Fields {
		if f.Name == "post_logout_redirect_uri" {
			t.Error("the visitor would be sent there after all")
		}
	}
	books.wantSilent("")
	vault.wantSilent("")
	if w := v.post("/end_session", url.Values{"confirm": {"yes"}}); w.Body.String() != "signed out" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	books.wantOver("logout")
	vault.wantOver("logout")
	other.wantSilent("")
}
