package steps_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/signin"
)

func TestAnotherWayIsOfferedToWhoeverHasOne(t *testing.T) {
	for _, step := range []signin.State{signin.StateTOTP, signin.StateSMS} {
		view := viewOf(step)
		for _, other := range []bool{false, true} {
			view.Other = other
			page := get(edge(t, &script{view: view}, apps{}), base+string(step)).Body.String()
			if strings.Contains(page, `value="other"`) != other {
				t.Errorf("%s: another way offered, with %v", step, other)
			}
		}
	}
	s := &script{outcome: signin.Outcome{State: signin.StateSMS}}
	post(edge(t, s, apps{}), base+"totp", url.Values{"action": {"other"}, "code": {""}})
	if s.form.Action != signin.ActionOther {
		t.Errorf("action %q", s.form.Action)
	}
}

// ABUSE 18: a person who is locked out by an attacker's guesses is led to a way back in; no one else is.
func TestTheWaysBackInAreOnThePages(t *testing.T) {
	page := get(edge(t, &script{view: viewOf(signin.StatePassword)}, apps{}), base+"password").Body.String()
	if !strings.Contains(page, `href="/account/forgot"`) {
		t.Error("no way for whoever forgot the password")
	}
	view := viewOf(signin.StateEnded)
	view.Ending, view.Until = signin.EndingLocked, noon().Add(time.Minute)
	for _, unlock := range []bool{false, true} {
		view.Unlock = unlock
		page := get(edge(t, &script{view: view}, apps{}), base+"notice").Body.String()
		if strings.Contains(page, `href="/account/unlock"`) != unlock {
			t.Errorf("unlock by email offered, with %v", unlock)
		}
	}
}

func TestTheBrowserIsKnownAfterwards(t *testing.T) { // ABUSE 18, 23
	s := &script{outcome: signin.Outcome{State: signin.StateDone, Known: idp.NewSecret("sealed")}}
	h := edge(t, s, apps{})
	cookies := post(h, base+"password", url.Values{}).Result().Cookies()
	if len(cookies) != 1 || cookies[0].Value != "sealed" || !strings.HasPrefix(cookies[0].Name, "__Host-") || !cookies[0].HttpOnly ||
		cookies[0].MaxAge != int(signin.KnownLifetime/time.Second) {
		t.Fatalf("cookies %v", cookies)
	}
	name := cookies[0].Name
	post(h, base+"password", url.Values{}, func(r *http.Request) { r.Header.Set("Cookie", name+"=sealed") })
	if s.browser.Known.Reveal() != "sealed" {
		t.Error("what the browser keeps does not reach the service")
	}
	post(h, base+"password", url.Values{}, func(r *http.Request) { r.Header.Set("Cookie", name+"=one; "+name+"=two") })
	if !s.browser.Known.IsZero() || s.posts != 3 {
		t.Error("two of them are taken for one, or turn somebody away")
	}
}
