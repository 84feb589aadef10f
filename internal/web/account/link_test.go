package account_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testworld"
)

// linkIn finds the path of a link in a mail that says something.
func linkIn(words string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)` + words + `.*?https?://[^/]+(/account/link/[A-Za-z0-9_-]+)`)
}

const fresh = "granite-window-harbour-9"

func reset(password string) url.Values {
	return url.Values{"purpose": {"password_reset"}, "new_password": {password}}
}

// ABUSE 24, 26: a forgotten password. The page is the same for every name; the link works once, by POST; MFA is still asked for.
func TestForgottenPassword(t *testing.T) {
	h := newHouse(t)
	tom := h.in("tom")
	stranger := h.surfer()
	stranger.who = tom.who
	if !strings.Contains(stranger.Get("/account").On(t, "password").Body, `href="/account/forgot"`) {
		t.Error("the sign-in does not lead there")
	}
	stranger.Get("/account/forgot").On(t, "forgot")
	known := stranger.Post("/account/forgot", url.Values{"username": {"Tom@HarbourFinch.example "}}).On(t, "done-forgot")
	unknown := stranger.Post("/account/forgot", url.Values{"username": {"nobody@harbourfinch.example"}}).On(t, "done-forgot")
	if strings.ReplaceAll(known.Body, "Tom@HarbourFinch.example ", "nobody@harbourfinch.example") != unknown.Body || known.Status != unknown.Status {
		t.Error("the page tells who has an account")
	}
	unknown.Shows(t, "You typed <bdi>nobody@harbourfinch.example</bdi>", `name="username" value="nobody@harbourfinch.example"`, "Send it again")
	if strings.Contains(unknown.At, "nobody") {
		t.Errorf("the address stands in that of the page: %s", unknown.At)
	}
	stranger.Post("/account/forgot", url.Values{"username": {testworld.Markup + "@x.example"}}).Inert(t)
	if bad := stranger.Post("/account/forgot", url.Values{"username": {"tom"}}).On(t, "forgot"); bad.Status != http.StatusUnprocessableEntity || !strings.Contains(bad.Body, `value="tom"`) {
		t.Errorf("no address: %d", bad.Status)
	}
	path := h.mail(tom.who.Username, linkIn("password"))
	for range 3 { // whatever reads mail before people do
		p := stranger.Get(path).On(t, "link-password_reset")
		if p.Header.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(p.Body, `name="robots" content="noindex"`) || p.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("headers %v", p.Header)
		}
	}
	for _, purpose := range []string{"", "invite", "unlock", "not_me", "other"} { // a form for something else
		if p := stranger.Post(path, url.Values{"purpose": {purpose}, "new_password": {fresh}}); p.On(t, "link-over").Status != http.StatusNotFound {
			t.Errorf("used for %q: %d", purpose, p.Status)
		}
	}
	tom.Get("/account").On(t, "account")
	weak := stranger.Post(path, reset("short")).On(t, "link-password_reset")
	if weak.Status != http.StatusUnprocessableEntity {
		t.Errorf("a weak password: %d", weak.Status)
	}
	var once sync.WaitGroup
	answers := make([]testworld.Page, 5)
	for i := range answers {
		browser := h.surfer()
		once.Go(func() {
			for answers[i].Status == 0 || answers[i].Status == http.StatusServiceUnavailable { // a slow machine: asking again succeeds
				answers[i] = browser.Ask(http.MethodPost, path, reset(fresh))
			}
		})
	}
	once.Wait()
	done := 0
	for _, p := range answers {
		if p.Status == http.StatusSeeOther {
			done++
		} else if p.Status != http.StatusGone {
			t.Errorf("used at the same time: %d", p.Status)
		}
	}
	if done != 1 {
		t.Errorf("the link worked %d times", done)
	}
	for _, p := range []testworld.Page{stranger.Get(path), stranger.Post(path, reset("another-good-password-5"))} {
		if p.On(t, "link-over").Status != http.StatusGone {
			t.Errorf("used before: %d", p.Status)
		}
	}
	tom.Get("/account").On(t, "password")    // all sessions are over
	refused := func(e idp.AuditEvent) bool { // by whichever try came first: the others share its line
		return e.Type == idp.EventLinkRefused && e.Result == idp.ResultFailure && e.UserID == h.Account("tom").User.ID
	}
	if events := h.Events("tom"); !slices.ContainsFunc(events, refused) {
		t.Errorf("the tries left %+v", events)
	}
	stranger.who.Password = fresh
	stranger.signIn(stranger.Get("/account")).On(t, "account")
	if lost := stranger.Get("/account/link/" + strings.Repeat("x", 43)); lost.On(t, "link-over").Status != http.StatusNotFound {
		t.Errorf("never made: %d", lost.Status)
	}
}

// ABUSE 18: locked out by an attacker, the owner unlocks by e-mail, and then gets in whatever the attacker does.
func TestUnlockByEmail(t *testing.T) {
	h := newHouse(t)
	tom := h.surfer()
	tom.who = h.Person("tom")
	lock := func() {
		for range 5 {
			attacker := h.surfer()
			p := attacker.Get("/account").On(t, "password")
			attacker.Post(p.At, url.Values{"username": {tom.who.Username}, "password": {"a wrong one"}})
		}
	}
	lock()
	p := tom.Get("/account")
	locked := tom.Post(p.At, url.Values{"username": {tom.who.Username}, "password": {tom.who.Password}}).On(t, "notice")
	if !strings.Contains(locked.Body, `href="/account/unlock"`) {
		t.Errorf("no way out\n%s", locked.Body)
	}
	tom.Post("/account/unlock", url.Values{"username": {tom.who.Username}}).On(t, "done-unlock-sent")
	tom.Post("/account/unlock", url.Values{"username": {"mia@harbourfinch.example"}}).On(t, "done-unlock-sent") // not locked
	path := h.mail(tom.who.Username, linkIn(""))
	tom.Get(path).On(t, "link-unlock")
	tom.Post(path, url.Values{"purpose": {"unlock"}}).On(t, "done-unlock")
	lock()
	tom.signIn(tom.Get("/account")).On(t, "account")
	if sent := h.mails("mia@harbourfinch.example", linkIn("")); len(sent) != 0 {
		t.Error("somebody who is not locked got a link")
	}
}

func TestInvitation(t *testing.T) {
	h := newHouse(t)
	olivia := h.Account("olivia")
	caller := directory.Caller{Actor: idp.Actor{Kind: idp.ActorUser, ID: string(olivia.User.ID)}, Proved: testworld.Fresh()}
	_, err := h.Directory().People.InviteUser(t.Context(), caller, directory.Invitation{
		PracticeID: olivia.Practice.ID, Username: "zoe@harbourfinch.example", Name: "Zoë Park",
	}, h.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	path := h.mail("zoe@harbourfinch.example", linkIn(""))
	zoe := h.surfer()
	p := zoe.Get(path).On(t, "link-invite")
	if !strings.Contains(p.Body, "Zoë Park") || !strings.Contains(p.Body, "Harbour &amp; Finch") {
		t.Errorf("who invited whom?\n%s", p.Body)
	}
	if p = zoe.Post(path, url.Values{"purpose": {"invite"}, "new_password": {""}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("no password: %d", p.Status)
	}
	zoe.Post(path, url.Values{"purpose": {"invite"}, "new_password": {fresh}}).On(t, "done-invite")
	p = zoe.Get("/account").On(t, "password")
	zoe.Post(p.At, url.Values{"username": {"zoe@harbourfinch.example"}, "password": {fresh}}).On(t, "choose")
	zoe.Get(path).On(t, "link-over")
}

// ABUSE 30: a warning that reaches the owner lets them stop the attacker.
func TestThisWasNotMe(t *testing.T) {
	h := newHouse(t)
	thief := h.in("tom")
	p := thief.Post("/account/authenticators/new", url.Values{"kind": {"totp"}})
	thief.Post(p.At, url.Values{"code": {testworld.Code(t, p.One(t, keyPattern), h.Clock)}, "label": {"Thief"}}).On(t, "authenticators")
	path := h.mail(thief.who.Username, linkIn("Thief"))
	owner := h.surfer()
	owner.Get(path).On(t, "link-not_me")
	thief.Get("/account").On(t, "account")
	owner.Post(path, url.Values{"purpose": {"not_me"}}).On(t, "done-not_me")
	thief.Get("/account").On(t, "password")
	owner.who = thief.who
	if p := owner.signIn(owner.Get("/account")); p.Step != "password" || p.Status != http.StatusUnprocessableEntity {
		t.Errorf("the account still opens: %s, %d", p.Step, p.Status)
	}
	h.mail(h.Person("olivia").Username, regexp.MustCompile(`(Tom Okafor)`))
}

// ABUSE 14, 24: whatever host the request claims to be for, the link in the mail leads to the issuer.
func TestTheLinksHostIsTheIssuers(t *testing.T) {
	h := newHouse(t)
	attacker := h.surfer()
	attacker.Forge = func(r *http.Request) {
		r.Host = "evil.example"
		for _, name := range []string{"X-Forwarded-Host", "X-Forwarded-Server", "X-Original-Host", "X-Host"} {
			r.Header.Set(name, "evil.example")
		}
		r.Header.Set("X-Forwarded-Proto", "ftp")
		r.Header.Set("Forwarded", "host=evil.example;proto=ftp")
	}
	if p := attacker.Ask(http.MethodPost, "/account/forgot", url.Values{"username": {h.Person("tom").Username}}); p.Status != http.StatusOK || strings.Contains(p.Body, "evil") {
		t.Fatalf("%d\n%s", p.Status, p.Body)
	}
	link := h.mail(h.Person("tom").Username, regexp.MustCompile(`(\S+)/account/link/[A-Za-z0-9_-]{40,}`))
	if link != h.Manifest.Issuer {
		t.Errorf("the link leads to %s, not to %s", link, h.Manifest.Issuer)
	}
}

func TestLinksEnd(t *testing.T) { // ABUSE 24
	h := newHouse(t)
	s := h.surfer()
	tom := h.Person("tom").Username
	s.Post("/account/forgot", url.Values{"username": {tom}})
	first := h.mail(tom, linkIn("password"))
	h.Clock.Advance(time.Hour)
	if p := s.Get(first).On(t, "link-over"); p.Status != http.StatusGone {
		t.Errorf("an hour later: %d", p.Status)
	}
}
