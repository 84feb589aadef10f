package account_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// linkIn finds the path of a link in a mail that says something.
func linkIn(words string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)` + words + `.*?https?://[^/]+(/account/link/[A-Za-z0-9_-]+)`)
}

const fresh = "granite-window-harbour-9"

func reset(password string) url.Values {
	return url.Values{"purpose": {"password_reset"}, "new_password": {password}}
}

// ABUSE 24, 26: a forgotten password. The page is the same for anybody; the link works once, by POST; MFA is still asked for.
func TestForgottenPassword(t *testing.T) {
	h := newHouse(t)
	tom := h.in("tom")
	stranger := h.surfer()
	stranger.who = tom.who
	if !strings.Contains(stranger.get("/account").on(t, "password").body, `href="/account/forgot"`) {
		t.Error("the sign-in does not lead there")
	}
	stranger.get("/account/forgot").on(t, "forgot")
	known := stranger.post("/account/forgot", url.Values{"username": {"Tom@HarbourFinch.example "}}).on(t, "done-forgot")
	unknown := stranger.post("/account/forgot", url.Values{"username": {"nobody@harbourfinch.example"}}).on(t, "done-forgot")
	if known.body != unknown.body || known.status != unknown.status {
		t.Error("the page tells who has an account")
	}
	if bad := stranger.post("/account/forgot", url.Values{"username": {"tom"}}).on(t, "forgot"); bad.status != http.StatusUnprocessableEntity || !strings.Contains(bad.body, `value="tom"`) {
		t.Errorf("no address: %d", bad.status)
	}
	path := h.mail(tom.who.Username, linkIn("password"))
	for range 3 { // whatever reads mail before people do
		p := stranger.get(path).on(t, "link-password_reset")
		if p.header.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(p.body, `name="robots" content="noindex"`) || p.header.Get("Cache-Control") != "no-store" {
			t.Errorf("headers %v", p.header)
		}
	}
	for _, purpose := range []string{"", "invite", "unlock", "not_me", "other"} { // a form for something else
		if p := stranger.post(path, url.Values{"purpose": {purpose}, "new_password": {fresh}}); p.on(t, "link-over").status != http.StatusNotFound {
			t.Errorf("used for %q: %d", purpose, p.status)
		}
	}
	tom.get("/account").on(t, "account")
	weak := stranger.post(path, reset("short")).on(t, "link-password_reset")
	if weak.status != http.StatusUnprocessableEntity {
		t.Errorf("a weak password: %d", weak.status)
	}
	var once sync.WaitGroup
	answers := make([]page, 5)
	for i := range answers {
		browser := h.surfer()
		once.Go(func() {
			for answers[i].status == 0 || answers[i].status == http.StatusServiceUnavailable { // a slow machine: whoever asks again gets through
				answers[i] = browser.ask(http.MethodPost, path, reset(fresh))
			}
		})
	}
	once.Wait()
	done := 0
	for _, p := range answers {
		if p.status == http.StatusSeeOther {
			done++
		} else if p.status != http.StatusGone {
			t.Errorf("used at the same time: %d", p.status)
		}
	}
	if done != 1 {
		t.Errorf("the link worked %d times", done)
	}
	for _, p := range []page{stranger.get(path), stranger.post(path, reset("another-good-password-5"))} {
		if p.on(t, "link-over").status != http.StatusGone {
			t.Errorf("used before: %d", p.status)
		}
	}
	tom.get("/account").on(t, "password") // all sessions are over
	if e := h.events("tom")[0]; e.Type != idp.EventLinkRefused || e.Result != idp.ResultFailure || e.UserID != h.account("tom").User.ID {
		t.Errorf("the last try left %+v", e)
	}
	stranger.who.Password = fresh
	stranger.signIn(stranger.get("/account")).on(t, "account")
	if lost := stranger.get("/account/link/" + strings.Repeat("x", 43)); lost.on(t, "link-over").status != http.StatusNotFound {
		t.Errorf("never made: %d", lost.status)
	}
}

// ABUSE 18: locked out by somebody else, the owner unlocks by e-mail, and then gets in whatever the other one does.
func TestUnlockByEmail(t *testing.T) {
	h := newHouse(t)
	tom := h.surfer()
	tom.who = h.person("tom")
	lock := func() {
		for range 5 {
			attacker := h.surfer()
			p := attacker.get("/account").on(t, "password")
			attacker.post(p.path, url.Values{"username": {tom.who.Username}, "password": {"a wrong one"}})
		}
	}
	lock()
	p := tom.get("/account")
	locked := tom.post(p.path, url.Values{"username": {tom.who.Username}, "password": {tom.who.Password}}).on(t, "notice")
	if !strings.Contains(locked.body, `href="/account/unlock"`) {
		t.Errorf("no way out\n%s", locked.body)
	}
	tom.post("/account/unlock", url.Values{"username": {tom.who.Username}}).on(t, "done-unlock-sent")
	tom.post("/account/unlock", url.Values{"username": {"mia@harbourfinch.example"}}).on(t, "done-unlock-sent") // not locked
	path := h.mail(tom.who.Username, linkIn(""))
	tom.get(path).on(t, "link-unlock")
	tom.post(path, url.Values{"purpose": {"unlock"}}).on(t, "done-unlock")
	lock()
	tom.signIn(tom.get("/account")).on(t, "account")
	if sent := h.mails("mia@harbourfinch.example", linkIn("")); len(sent) != 0 {
		t.Error("somebody who is not locked got a link")
	}
}

func TestInvitation(t *testing.T) {
	h := newHouse(t)
	olivia := h.account("olivia")
	caller := directory.Caller{Actor: idp.Actor{Kind: idp.ActorUser, ID: string(olivia.User.ID)}}
	_, err := h.Directory().InviteUser(t.Context(), caller, directory.Invitation{
		PracticeID: olivia.Practice.ID, Username: "zoe@harbourfinch.example", Name: "Zoë Park",
	}, h.now())
	if err != nil {
		t.Fatal(err)
	}
	path := h.mail("zoe@harbourfinch.example", linkIn(""))
	zoe := h.surfer()
	p := zoe.get(path).on(t, "link-invite")
	if !strings.Contains(p.body, "Zoë Park") || !strings.Contains(p.body, "Harbour &amp; Finch") {
		t.Errorf("who invited whom?\n%s", p.body)
	}
	if p = zoe.post(path, url.Values{"purpose": {"invite"}, "new_password": {""}}); p.status != http.StatusUnprocessableEntity {
		t.Errorf("no password: %d", p.status)
	}
	zoe.post(path, url.Values{"purpose": {"invite"}, "new_password": {fresh}}).on(t, "done-invite")
	p = zoe.get("/account").on(t, "password")
	zoe.post(p.path, url.Values{"username": {"zoe@harbourfinch.example"}, "password": {fresh}}).on(t, "choose")
	zoe.get(path).on(t, "link-over")
}

// ABUSE 30: a warning that reaches the owner lets them stop whoever did it.
func TestThisWasNotMe(t *testing.T) {
	h := newHouse(t)
	thief := h.in("tom")
	p := thief.post("/account/authenticators/new", url.Values{"kind": {"totp"}})
	thief.post(p.path, url.Values{"code": {codeOf(t, p.key(t), h.now())}, "label": {"Thief"}}).on(t, "authenticators")
	path := h.mail(thief.who.Username, linkIn("Thief"))
	owner := h.surfer()
	owner.get(path).on(t, "link-not_me")
	thief.get("/account").on(t, "account")
	owner.post(path, url.Values{"purpose": {"not_me"}}).on(t, "done-not_me")
	thief.get("/account").on(t, "password")
	owner.who = thief.who
	if p := owner.signIn(owner.get("/account")); p.step != "password" || p.status != http.StatusUnprocessableEntity {
		t.Errorf("the account still opens: %s, %d", p.step, p.status)
	}
	h.mail(h.person("olivia").Username, regexp.MustCompile(`(Tom Okafor)`))
}

// ABUSE 14, 24: whatever host the request claims to be for, the link in the mail leads to the issuer.
func TestTheLinksHostIsTheIssuers(t *testing.T) {
	h := newHouse(t)
	attacker := h.surfer()
	attacker.forge = func(r *http.Request) {
		r.Host = "evil.example"
		for _, name := range []string{"X-Forwarded-Host", "X-Forwarded-Server", "X-Original-Host", "X-Host"} {
			r.Header.Set(name, "evil.example")
		}
		r.Header.Set("X-Forwarded-Proto", "ftp")
		r.Header.Set("Forwarded", "host=evil.example;proto=ftp")
	}
	if p := attacker.ask(http.MethodPost, "/account/forgot", url.Values{"username": {h.person("tom").Username}}); p.status != http.StatusSeeOther || strings.Contains(p.header.Get("Location"), "evil") {
		t.Fatalf("%d to %q", p.status, p.header.Get("Location"))
	}
	link := h.mail(h.person("tom").Username, regexp.MustCompile(`(\S+)/account/link/[A-Za-z0-9_-]{40,}`))
	if link != h.Manifest.Issuer {
		t.Errorf("the link leads to %s, not to %s", link, h.Manifest.Issuer)
	}
}

func TestLinksEnd(t *testing.T) { // ABUSE 24
	h := newHouse(t)
	s := h.surfer()
	tom := h.person("tom").Username
	s.post("/account/forgot", url.Values{"username": {tom}})
	first := h.mail(tom, linkIn("password"))
	h.advance(time.Hour)
	if p := s.get(first).on(t, "link-over"); p.status != http.StatusGone {
		t.Errorf("an hour later: %d", p.status)
	}
}
