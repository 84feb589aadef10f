package account_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/testworld"
	"github.com/apscloud/apsid/internal/web/account"
)

// Every form of a person's own account, and of the sign-in that leads there, says all that is missing at once, in one way; the table finds
// the pages, so that a new one can't forget it.
func TestEveryFormSaysAllThatIsMissing(t *testing.T) {
	h := newHouse(t)
	s := h.in("olivia")
	ids := h.foreign("olivia")
	needed := h.surfer().CheckForms("/account") // the sign-in
	needed = append(needed, h.settingUp()...)
	begin := map[string]func(){
		"/account/authenticators/new/totp": func() { s.Post("/account/authenticators/new", url.Values{"kind": {"totp"}}) },
		"/account/authenticators/new/sms-verify": func() {
			s.Post("/account/authenticators/new/sms", url.Values{"country": {"AU"}, "phone": {"0491 570 157"}})
		},
	}
	for _, route := range account.Table() {
		if route.Method != http.MethodGet {
			continue
		}
		if first := begin[route.Pattern]; first != nil {
			first()
		}
		needed = append(needed, s.CheckForms(names(t, route, ids))...)
	}
	several := len(slices.DeleteFunc(needed, func(n int) bool { return n < 2 }))
	if several < 4 { // the sign-in, a new PIN in it, the password, the PIN
		t.Errorf("only %d forms need several fields", several)
	}
}

// settingUp checks the forms of a sign-in in which MFA is set up, step by step.
func (h *house) settingUp() (needed []int) {
	h.t.Helper()
	mia := h.surfer()
	mia.who = h.Person("mia")
	p := mia.Get(h.Manifest.Apps[0].URL + "/auth/login")
	check := func(step string) {
		h.t.Helper()
		p.On(h.t, step)
		needed = append(needed, mia.CheckForms(p.At)...)
	}
	check("password")
	p = mia.signIn(p)
	check("choose")
	sms := mia.Post(p.At, url.Values{"kind": {"sms"}})
	p = sms
	check("sms-setup")
	p = mia.Post(sms.At, url.Values{"action": {"back"}})
	p = mia.Post(p.At, url.Values{"kind": {"totp"}})
	check("totp-setup")
	key := strings.ReplaceAll(p.One(h.t, keyPattern), " ", "")
	p = mia.Post(p.At, url.Values{"code": {testworld.Code(h.t, key, h.Clock)}})
	check("recovery-pin")
	return needed
}
