package account_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// ABUSE 25, 16: a reload and a wrong code keep the key, what is not confirmed does not count, and the code is used up.
func TestAddingAnApp(t *testing.T) {
	h := newHouse(t)
	s := h.in("tom")
	s.get("/account/authenticators/new").on(t, "authenticator-choose")
	first := s.post("/account/authenticators/new", url.Values{"kind": {"totp"}}).on(t, "authenticator-totp")
	key := first.key(t)
	if again := s.get(first.path).key(t); again != key {
		t.Error("a reload shows another key")
	}
	good := codeOf(t, key, h.now())
	refused := s.post(first.path, url.Values{"code": {wrong(good)}, "label": {"Work phone"}}).on(t, "authenticator-totp")
	if refused.status != http.StatusUnprocessableEntity || refused.key(t) != key || !strings.Contains(refused.body, `role="alert"`) || !strings.Contains(refused.body, `value="Work phone"`) {
		t.Errorf("a wrong code: %d\n%s", refused.status, refused.body)
	}
	if strings.Contains(refused.body, wrong(good)) {
		t.Error("the code is repeated")
	}
	if n := len(h.account("tom").Authenticators); n != 1 {
		t.Fatalf("%d authenticators before any code", n)
	}
	done := s.post(first.path, url.Values{"code": {good}, "label": {"Work phone"}}).on(t, "authenticators")
	if !strings.Contains(done.body, "Work phone") || len(h.account("tom").Authenticators) != 2 {
		t.Errorf("not added\n%s", done.body)
	}
	if back := s.get(first.path); back.step != "authenticator-choose" {
		t.Errorf("the set-up is still open: %s", back.step)
	}

	// The code that was just used proves nothing in a sign-in; the next one does, and so does one of the old app.
	other := h.surfer()
	other.who = s.who
	p := other.post(other.get("/account").on(t, "password").path, url.Values{"username": {s.who.Username}, "password": {s.who.Password}}).on(t, "totp")
	if p = other.post(p.path, url.Values{"code": {good}}); p.status != http.StatusUnprocessableEntity {
		t.Errorf("the code is good twice: %d", p.status)
	}
	h.advance(time.Minute)
	other.post(p.path, url.Values{"code": {codeOf(t, key, h.now())}}).on(t, "account")
	h.mail(s.who.Username, regexp.MustCompile(`(Work phone)`)) // ABUSE 30
}

func wrong(code string) string {
	digits := []byte(code)
	digits[0] = '0' + (digits[0]-'0'+5)%10
	return string(digits)
}

var texted = regexp.MustCompile(`(?m)^@\S+ #(\d{6})$`)

func TestAddingANumber(t *testing.T) { // ABUSE 27, 28
	h := newHouse(t)
	s := h.in("tom")
	s.post("/account/authenticators/new", url.Values{"kind": {"sms"}}).on(t, "authenticator-sms")
	refused := s.post("/account/authenticators/new/sms", url.Values{"country": {"AU"}, "phone": {"02 9999 9999"}}).on(t, "authenticator-sms")
	if refused.status != http.StatusUnprocessableEntity || !strings.Contains(refused.body, `value="02 9999 9999"`) || !strings.Contains(refused.body, `value="AU" selected`) {
		t.Errorf("what was typed is gone: %d", refused.status)
	}
	p := s.post("/account/authenticators/new/sms", url.Values{"country": {"AU"}, "phone": {"0491 570 157"}}).on(t, "authenticator-sms-verify")
	soon := s.post(p.path, url.Values{"action": {"resend"}, "label": {"Private"}})
	if soon.status != http.StatusUnprocessableEntity || !strings.Contains(soon.body, "a moment ago") {
		t.Errorf("sent again at once: %d", soon.status)
	}
	h.advance(time.Minute)
	again := s.post(p.path, url.Values{"action": {"resend"}, "label": {"Private"}}).on(t, "authenticator-sms-verify")
	if !strings.Contains(again.body, "the same code") {
		t.Errorf("nothing said\n%s", again.body)
	}
	code := h.mail("+61491570157", texted)
	s.post(p.path, url.Values{"code": {code}, "label": {"Private"}}).on(t, "authenticators")
	if n := len(h.account("tom").Authenticators); n != 2 {
		t.Errorf("%d authenticators", n)
	}
}

func TestRenamingAndRemoving(t *testing.T) { // ABUSE 31
	h := newHouse(t)
	s := h.in("tom")
	path := "/account/authenticators/" + string(h.account("tom").Authenticators[0].ID)
	bad := s.post(path+"/rename", url.Values{"label": {strings.Repeat("x", 101)}})
	if bad.status != http.StatusUnprocessableEntity {
		t.Errorf("a name that is too long: %d", bad.status)
	}
	done := s.post(path+"/rename", url.Values{"label": {`<script>alert(1)</script>`}}).on(t, "authenticators")
	if strings.Contains(done.body, "<script>alert") {
		t.Error("the name is live") // ABUSE 37
	}
	s.get(path+"/remove").on(t, "authenticator-remove")
	last := s.post(path+"/remove", url.Values{}).on(t, "authenticator-remove")
	if last.status != http.StatusForbidden || !strings.Contains(last.body, "Add another one first") || len(h.account("tom").Authenticators) != 1 {
		t.Errorf("the last one: %d\n%s", last.status, last.body)
	}
}

func TestChangingThePassword(t *testing.T) { // ABUSE 17, 30
	h := newHouse(t)
	s, elsewhere := h.in("tom"), h.in("tom")
	form := s.get("/account/password").on(t, "password-change")
	if strings.Index(form.body, `id="password-rules"`) > strings.Index(form.body, `name="new_password"`) {
		t.Error("the rules come after the field")
	}
	change := func(current, next string) page {
		return s.post("/account/password", url.Values{"current_password": {current}, "new_password": {next}})
	}
	const fresh = "granite-window-harbour-9"
	for name, p := range map[string]page{"wrong": change("wrong", fresh), "none": change("", fresh), "short": change(s.who.Password, "short"), "no new one": change(s.who.Password, "")} {
		if p.on(t, "password-change").status != http.StatusUnprocessableEntity || strings.Contains(p.body, fresh) || !strings.Contains(p.body, `role="alert"`) {
			t.Errorf("%s: %d", name, p.status)
		}
	}
	change(s.who.Password, fresh).on(t, "done-password")
	for _, browser := range []*surfer{s, elsewhere} {
		browser.get("/account").on(t, "password")
	}
	h.mail(s.who.Username, regexp.MustCompile(`(?i)(password)`))
	s.who.Password = fresh
	s.signIn(s.get("/account")).on(t, "account")
	for range 4 {
		s.post("/account/password", url.Values{"current_password": {"wrong"}, "new_password": {"teapot-meadow-harbour-3"}})
	}
	locked := s.post("/account/password", url.Values{"current_password": {"wrong"}, "new_password": {"teapot-meadow-harbour-3"}})
	locked = s.post("/account/password", url.Values{"current_password": {fresh}, "new_password": {"teapot-meadow-harbour-3"}})
	if locked.status != http.StatusUnprocessableEntity || !strings.Contains(locked.body, "You can try again at ") {
		t.Errorf("under a lock: %d\n%s", locked.status, locked.body)
	}
}

func TestChangingThePIN(t *testing.T) {
	h := newHouse(t)
	s := h.in("tom")
	s.get("/account/pin").on(t, "pin-change")
	bad := s.post("/account/pin", url.Values{"pin": {"123456"}, "pin_confirm": {"123456"}}).on(t, "pin-change")
	if bad.status != http.StatusUnprocessableEntity || strings.Contains(bad.body, `value="123456"`) {
		t.Errorf("a weak PIN: %d", bad.status)
	}
	before := h.account("tom").PIN.CreatedAt
	s.post("/account/pin", url.Values{"pin": {"730 152"}, "pin_confirm": {"730152"}}).on(t, "account")
	if !h.account("tom").PIN.CreatedAt.After(before) {
		t.Error("the PIN is the old one")
	}
}

func TestSessions(t *testing.T) {
	h := newHouse(t)
	s, elsewhere := h.in("tom"), h.in("tom")
	list := s.get("/account/sessions").on(t, "sessions")
	ends := regexp.MustCompile(`action="(/account/sessions/ses_[^"]+/end)"`).FindAllStringSubmatch(list.body, -1)
	if len(ends) != 2 || strings.Count(list.body, "This one") != 1 || !strings.Contains(list.body, "Your account") {
		t.Fatalf("%d sessions\n%s", len(ends), list.body)
	}
	here := regexp.MustCompile(`(?s)This one.*?action="([^"]+)"`).FindStringSubmatch(list.body)[1]
	for _, end := range ends {
		if end[1] != here {
			s.post(end[1], url.Values{}).on(t, "sessions")
		}
	}
	elsewhere.get("/account").on(t, "password")
	s.get("/account").on(t, "account")
	third := h.in("tom")
	s.post("/account/sessions/end", url.Values{}).on(t, "done-signed-out")
	for _, browser := range []*surfer{s, third} {
		browser.get("/account").on(t, "password")
	}
	again := h.in("tom")
	if p := again.get("/account/activity").on(t, "activity"); !strings.Contains(p.body, "Signed in") {
		t.Errorf("no activity\n%s", p.body)
	}
}

// Who may change something has just proved who they are; with a code, if there is one to give, whatever the practice asks for.
func TestSomebodyWithoutMFA(t *testing.T) { // ABUSE 30
	h := newHouse(t)
	s := h.in("aroha")
	s.get("/account/pin").on(t, "pin-change")
	if p := s.post("/account/pin", url.Values{"pin": {"730152"}, "pin_confirm": {"730152"}}); p.status != http.StatusForbidden {
		t.Errorf("a PIN without anything it stands in for: %d", p.status)
	}
	p := s.post("/account/authenticators/new", url.Values{"kind": {"totp"}}).on(t, "authenticator-totp")
	key := p.key(t)
	s.post(p.path, url.Values{"code": {codeOf(t, key, h.now())}, "label": {"Phone"}}).on(t, "authenticators")

	// From now on the password alone changes nothing more.
	id := string(h.account("aroha").Authenticators[0].ID)
	if p := s.post("/account/authenticators/"+id+"/remove", url.Values{}); p.status != http.StatusForbidden || len(h.account("aroha").Authenticators) != 1 {
		t.Errorf("removed with the password alone: %d", p.status)
	}
	asked := s.signIn(s.get("/account/pin?first"))
	asked.on(t, "totp") // the demo's person has no key of this app: by hand
	h.advance(time.Minute)
	asked = s.post(asked.path, url.Values{"code": {codeOf(t, key, h.now())}}).on(t, "recovery-pin")
	s.post(asked.path, url.Values{"pin": {"730152"}, "pin_confirm": {"730152"}}).on(t, "account")
	if h.account("aroha").PIN == nil {
		t.Error("no PIN")
	}
	s.post("/account/authenticators/"+id+"/remove", url.Values{}).on(t, "authenticators")
}
