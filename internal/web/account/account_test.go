package account_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testworld"
)

// ABUSE 25, 16: a reload and a wrong code keep the key, what is not confirmed does not count, and the code is used up.
func TestAddingAnApp(t *testing.T) {
	h := newHouse(t)
	s := h.in("tom")
	s.Get("/account/authenticators/new").On(t, "authenticator-choose")
	first := s.Post("/account/authenticators/new", url.Values{"kind": {"totp"}}).On(t, "authenticator-totp")
	key := first.One(t, keyPattern)
	if again := s.Get(first.At).One(t, keyPattern); again != key {
		t.Error("a reload shows another key")
	}
	good := testworld.Code(t, key, h.Clock)
	refused := s.Post(first.At, url.Values{"code": {wrong(good)}, "label": {"Work phone"}}).On(t, "authenticator-totp")
	if refused.Status != http.StatusUnprocessableEntity || refused.One(t, keyPattern) != key || !strings.Contains(refused.Body, `role="alert"`) || !strings.Contains(refused.Body, `value="Work phone"`) {
		t.Errorf("a wrong code: %d\n%s", refused.Status, refused.Body)
	}
	if strings.Contains(refused.Body, wrong(good)) {
		t.Error("the code is repeated")
	}
	if n := len(h.Account("tom").Authenticators); n != 1 {
		t.Fatalf("%d authenticators before any code", n)
	}
	done := s.Post(first.At, url.Values{"code": {good}, "label": {"Work phone"}}).On(t, "authenticators")
	if !strings.Contains(done.Body, "Work phone") || len(h.Account("tom").Authenticators) != 2 {
		t.Errorf("not added\n%s", done.Body)
	}
	if back := s.Get(first.At); back.Step != "authenticator-choose" {
		t.Errorf("the set-up is still open: %s", back.Step)
	}

	// The code that was just used proves nothing in a sign-in; the next one does, and so does one of the old app.
	other := h.surfer()
	other.who = s.who
	p := other.Post(other.Get("/account").On(t, "password").At, url.Values{"username": {s.who.Username}, "password": {s.who.Password}}).On(t, "totp")
	if p = other.Post(p.At, url.Values{"code": {good}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("the code is good twice: %d", p.Status)
	}
	if !strings.Contains(p.Body, "That code was used already") {
		t.Errorf("a used code is not told apart from a wrong one\n%s", p.Body)
	}
	h.Clock.Advance(time.Minute)
	other.Post(p.At, url.Values{"code": {testworld.Code(t, key, h.Clock)}}).On(t, "account")
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
	number := s.Post("/account/authenticators/new", url.Values{"kind": {"sms"}}).On(t, "authenticator-sms")
	if !strings.Contains(number.Body, `value="AU" selected`) || !strings.Contains(number.Body, "021 234 5678") {
		t.Errorf("no country of the practice, or no example for each\n%s", number.Body)
	}
	refused := s.Post("/account/authenticators/new/sms", url.Values{"country": {"AU"}, "phone": {"02 9999 9999"}}).On(t, "authenticator-sms")
	if refused.Status != http.StatusUnprocessableEntity || !strings.Contains(refused.Body, `value="02 9999 9999"`) || !strings.Contains(refused.Body, `value="AU" selected`) {
		t.Errorf("what was typed is gone: %d", refused.Status)
	}
	p := s.Post("/account/authenticators/new/sms", url.Values{"country": {"AU"}, "phone": {"0491 570 157"}}).On(t, "authenticator-sms-verify")
	if !strings.Contains(p.Body, "0491 570 157") || !strings.Contains(p.Body, "Change number") {
		t.Errorf("the number that was typed is not shown, or can't be changed\n%s", p.Body)
	}
	soon := s.Post(p.At, url.Values{"action": {"resend"}, "label": {"Private"}})
	if soon.Status != http.StatusUnprocessableEntity || !strings.Contains(soon.Body, "You can ask for it again at ") {
		t.Errorf("sent again at once: %d", soon.Status)
	}
	h.Clock.Advance(time.Minute)
	again := s.Post(p.At, url.Values{"action": {"resend"}, "label": {"Private"}}).On(t, "authenticator-sms-verify")
	if !strings.Contains(again.Body, "the same code") {
		t.Errorf("nothing said\n%s", again.Body)
	}
	code := h.mail("+61491570157", texted)
	listed := s.Post(p.At, url.Values{"code": {code}, "label": {"Private"}}).On(t, "authenticators")
	if !strings.Contains(listed.Body, `<b dir="auto">Private</b>`) || !strings.Contains(listed.Body, "Text message to ••• ••• 157") || strings.Contains(listed.Body, "0491 570") {
		t.Errorf("a number with a name of its own has lost its digits, or shows all\n%s", listed.Body)
	}
	if n := len(h.Account("tom").Authenticators); n != 2 {
		t.Errorf("%d authenticators", n)
	}
}

func TestRenamingAndRemoving(t *testing.T) { // ABUSE 31
	h := newHouse(t)
	s := h.in("tom")
	path := "/account/authenticators/" + string(h.Account("tom").Authenticators[0].ID)
	bad := s.Post(path+"/rename", url.Values{"label": {strings.Repeat("x", 101)}})
	if bad.Status != http.StatusUnprocessableEntity {
		t.Errorf("a name that is too long: %d", bad.Status)
	}
	done := s.Post(path+"/rename", url.Values{"label": {`<script>alert(1)</script>`}}).On(t, "authenticators")
	if strings.Contains(done.Body, "<script>alert") {
		t.Error("the name is live") // ABUSE 37
	}
	s.Get(path+"/remove").On(t, "authenticator-remove")
	last := s.Post(path+"/remove", url.Values{}).On(t, "authenticator-remove")
	if last.Status != http.StatusForbidden || !strings.Contains(last.Body, "Add another one first") || len(h.Account("tom").Authenticators) != 1 {
		t.Errorf("the last one: %d\n%s", last.Status, last.Body)
	}
}

// The list marks what sign-ins ask for first, and lets the visitor choose it; of the only one there is nothing to choose.
func TestMakingOneTheDefault(t *testing.T) {
	h := newHouse(t)
	s := h.in("tom")
	app := h.Account("tom").Authenticators[0]
	const mark = `<span class="badge">Default</span>`
	if only := s.Get("/account/authenticators").On(t, "authenticators").Body; strings.Contains(only, mark) || strings.Contains(only, "Make default") {
		t.Errorf("there is one, and a choice\n%s", only)
	}
	bound, err := h.Directory().People.BindAuthenticator(t.Context(), directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem}}, directory.NewAuthenticator{
		PracticeID: h.Account("tom").Practice.ID, UserID: h.Account("tom").User.ID, Kind: idp.KindSMS, Country: "AU", Phone: "0491 570 158",
	}, h.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	path := "/account/authenticators/" + string(bound.ID) + "/default"
	row := func(p testworld.Page, label string) string {
		t.Helper()
		_, after, _ := strings.Cut(p.Body, `<b dir="auto">`+label)
		cells, _, found := strings.Cut(after, "</tr>")
		if !found {
			t.Fatalf("no %q\n%s", label, p.Body)
		}
		return cells
	}
	list := s.Get("/account/authenticators").On(t, "authenticators")
	if !strings.Contains(row(list, "Authenticator app"), mark) || strings.Contains(row(list, "Mobile"), mark) ||
		!strings.Contains(row(list, "Mobile"), `href="`+path+`">Make default`) || strings.Contains(row(list, "Authenticator app"), "Make default") {
		t.Errorf("before\n%s", list.Body)
	}
	if ask := s.Get(path).On(t, "authenticator-default"); !strings.Contains(ask.Body, "Sign-ins text a code to ••• ••• 158 first.") {
		t.Errorf("asks\n%s", ask.Body)
	}
	list = s.Post(path, url.Values{}).On(t, "authenticators")
	if strings.Contains(row(list, "Authenticator app"), mark) || !strings.Contains(row(list, "Mobile"), mark) || !strings.Contains(list.Body, "Sign-ins ask for this way first.") {
		t.Errorf("after\n%s", list.Body)
	}
	if home := s.Get("/account").On(t, "account"); strings.Count(home.Body, mark) != 1 {
		t.Errorf("the overview\n%s", home.Body)
	}
	s.Get("/account/authenticators/"+string(app.ID)+"/default").On(t, "authenticator-default")
	if first := h.Events("tom")[0]; first.Type != idp.EventDefaultChanged || first.Details["authenticator"] != string(bound.ID) {
		t.Errorf("event %+v", first)
	}
}

func TestChangingThePassword(t *testing.T) { // ABUSE 17, 30
	h := newHouse(t)
	s, elsewhere := h.in("tom"), h.in("tom")
	form := s.Get("/account/password").On(t, "password-change")
	if strings.Index(form.Body, `id="password-rules"`) > strings.Index(form.Body, `name="new_password"`) {
		t.Error("the rules come after the field")
	}
	change := func(current, next string) testworld.Page {
		return s.Post("/account/password", url.Values{"current_password": {current}, "new_password": {next}})
	}
	const fresh = "granite-window-harbour-9"
	for name, p := range map[string]testworld.Page{"wrong": change("wrong", fresh), "none": change("", fresh), "short": change(s.who.Password, "short"), "no new one": change(s.who.Password, "")} {
		if p.On(t, "password-change").Status != http.StatusUnprocessableEntity || strings.Contains(p.Body, fresh) || !strings.Contains(p.Body, `role="alert"`) {
			t.Errorf("%s: %d", name, p.Status)
		}
	}
	change(s.who.Password, fresh).On(t, "done-password")
	for _, browser := range []*surfer{s, elsewhere} {
		browser.Get("/account").On(t, "password")
	}
	h.mail(s.who.Username, regexp.MustCompile(`(?i)(password)`))
	s.who.Password = fresh
	s.signIn(s.Get("/account")).On(t, "account")
	for _, warning := range []string{"", "", "You have 2 tries left", "You have 1 try left"} {
		p := s.Post("/account/password", url.Values{"current_password": {"wrong"}, "new_password": {"teapot-meadow-harbour-3"}})
		if !strings.Contains(p.Body, warning) || strings.Contains(p.Body, " left before") != (warning != "") {
			t.Errorf("no %q\n%s", warning, p.Body)
		}
	}
	locked := s.Post("/account/password", url.Values{"current_password": {"wrong"}, "new_password": {"teapot-meadow-harbour-3"}})
	locked = s.Post("/account/password", url.Values{"current_password": {fresh}, "new_password": {"teapot-meadow-harbour-3"}})
	if locked.Status != http.StatusUnprocessableEntity || !strings.Contains(locked.Body, "You can try again at ") {
		t.Errorf("under a lock: %d\n%s", locked.Status, locked.Body)
	}
}

func TestChangingThePIN(t *testing.T) {
	h := newHouse(t)
	s := h.in("tom")
	s.Get("/account/pin").On(t, "pin-change")
	bad := s.Post("/account/pin", url.Values{"pin": {"123456"}, "pin_confirm": {"123456"}}).On(t, "pin-change")
	if bad.Status != http.StatusUnprocessableEntity || strings.Contains(bad.Body, `value="123456"`) {
		t.Errorf("a weak PIN: %d", bad.Status)
	}
	before := h.Account("tom").PIN.CreatedAt
	s.Post("/account/pin", url.Values{"pin": {"730 152"}, "pin_confirm": {"730152"}}).On(t, "account")
	if !h.Account("tom").PIN.CreatedAt.After(before) {
		t.Error("the PIN is the old one")
	}
}

func TestSessions(t *testing.T) {
	h := newHouse(t)
	s, elsewhere := h.in("tom"), h.in("tom")
	list := s.Get("/account/sessions").On(t, "sessions")
	ends := regexp.MustCompile(`action="(/account/sessions/ses_[^"]+/end)"`).FindAllStringSubmatch(list.Body, -1)
	if len(ends) != 2 || strings.Count(list.Body, "This one") != 1 || !strings.Contains(list.Body, "Your account") {
		t.Fatalf("%d sessions\n%s", len(ends), list.Body)
	}
	here := regexp.MustCompile(`(?s)This one.*?action="([^"]+)"`).FindStringSubmatch(list.Body)[1]
	for _, end := range ends {
		if end[1] != here {
			s.Post(end[1], url.Values{}).On(t, "sessions")
		}
	}
	elsewhere.Get("/account").On(t, "password")
	s.Get("/account").On(t, "account")
	third := h.in("tom")
	s.Post("/account/sessions/end", url.Values{}).On(t, "done-signed-out")
	for _, browser := range []*surfer{s, third} {
		browser.Get("/account").On(t, "password")
	}
	again := h.in("tom")
	if p := again.Get("/account/activity").On(t, "activity"); !strings.Contains(p.Body, "Signed in") {
		t.Errorf("no activity\n%s", p.Body)
	}
}

// Who may change something has just proved who they are; with a code, if there is one to give, whatever the practice asks for.
func TestSomebodyWithoutMFA(t *testing.T) { // ABUSE 30
	h := newHouse(t)
	s := h.in("aroha")
	s.Get("/account/pin").On(t, "pin-change")
	if p := s.Post("/account/pin", url.Values{"pin": {"730152"}, "pin_confirm": {"730152"}}); p.Status != http.StatusForbidden {
		t.Errorf("a PIN without anything it stands in for: %d", p.Status)
	}
	p := s.Post("/account/authenticators/new", url.Values{"kind": {"totp"}}).On(t, "authenticator-totp")
	key := p.One(t, keyPattern)
	s.Post(p.At, url.Values{"code": {testworld.Code(t, key, h.Clock)}, "label": {"Phone"}}).On(t, "authenticators")

	// From now on the password alone changes nothing more.
	id := string(h.Account("aroha").Authenticators[0].ID)
	if p := s.Post("/account/authenticators/"+id+"/remove", url.Values{}); p.Status != http.StatusForbidden || len(h.Account("aroha").Authenticators) != 1 {
		t.Errorf("removed with the password alone: %d", p.Status)
	}
	asked := s.signIn(s.Get("/account/pin?first"))
	asked.On(t, "totp") // the demo's person has no key of this app: by hand
	h.Clock.Advance(time.Minute)
	asked = s.Post(asked.At, url.Values{"code": {testworld.Code(t, key, h.Clock)}}).On(t, "recovery-pin")
	s.Post(asked.At, url.Values{"pin": {"730152"}, "pin_confirm": {"730152"}}).On(t, "account")
	if h.Account("aroha").PIN == nil {
		t.Error("no PIN")
	}
	s.Post("/account/authenticators/"+id+"/remove", url.Values{}).On(t, "authenticators")
}
