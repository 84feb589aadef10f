package support_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// What signs out many people is done on no page without a page before that says how many.
func TestTheSigningOutOfManyIsConfirmedWithTheirNumber(t *testing.T) {
	h := open(t)
	riley := h.in("riley", "/support")
	h.in("olivia", "/manage")
	h.Clock.Advance(time.Minute) // to the next security code
	h.in("olivia", "/account")
	h.in("tom", "/account")
	harbour := "/support/practices/" + string(h.Account("olivia").Practice.ID)
	all := "2 people are signed out at once: 3 sessions."
	riley.Get(harbour+"/suspend").OK(t, "suspend").Shows(t, all)

	page := riley.Get(harbour).OK(t, "practice")
	if remove := `href="` + harbour + `/apps/contacts/remove"`; !strings.Contains(page.Body, remove) || strings.Contains(page.Body, "Take away</button>") {
		t.Errorf("an app is taken away without a page between\n%s", page.Body)
	}
	riley.Get(harbour+"/apps/contacts/remove").OK(t, "remove-app").
		Shows(t, "1 person is signed out at once: 1 session.", "User Management&#43; came with it", "Take Contacts&#43; away</button>") // Olivia at User Management+
	before := h.state()
	riley.Get(harbour + "/apps/contacts/remove")
	if h.state() != before {
		t.Error("looking took the app away")
	}
	riley.Post(harbour+"/apps/contacts/remove", nil).OK(t, "practice").Shows(t, "The app is taken away")
	if p := riley.Get(harbour + "/apps/contacts/remove"); p.Status != http.StatusNotFound {
		t.Errorf("taken away twice: %d", p.Status)
	}
	riley.Get(harbour+"/suspend").OK(t, "suspend").Shows(t, "2 people are signed out at once: 2 sessions.")
	riley.Post(harbour+"/suspend", nil).OK(t, "practice")
	riley.Get(harbour+"/resume").OK(t, "resume")
}

// An app that another one brings is not taken away alone, and the page says so instead of asking.
func TestAnAppThatComesWithAnotherStays(t *testing.T) {
	h := open(t)
	riley := h.in("riley", "/support")
	events := len(h.Events("riley"))
	address := "/support/practices/" + string(h.Account("olivia").Practice.ID) + "/apps/user-management/remove"
	p := riley.Get(address)
	if p.Status != http.StatusConflict || !strings.Contains(p.Body, "This app comes with Contacts&#43;") {
		t.Errorf("%d\n%s", p.Status, p.Body)
	}
	if now := len(h.Events("riley")); now != events {
		t.Errorf("looking left %d events", now-events)
	}
}

// A day that makes MFA mandatory at once is confirmed; one to come is saved, as nobody is signed out.
func TestMandatoryAtOnceIsConfirmed(t *testing.T) {
	h := open(t)
	riley := h.in("riley", "/support")
	h.in("aroha", "/account")
	path := "/support/practices/" + string(h.Account("aroha").Practice.ID) + "/mandatory"
	since := func() time.Time { return h.Account("aroha").Practice.MFARequiredFrom }
	riley.Get(path).OK(t, "mandatory").Shows(t, "not set MFA up yet.")

	today := h.Clock.Now().AddDate(0, 0, -1).Format(time.DateOnly)
	riley.Post(path, url.Values{"from": {today}}).OK(t, "mandatory").
		Shows(t, "1 person is signed in without MFA (1 session) and has to sign in again", `name="confirmed" value="yes"`, `name="from" value="`+today+`"`)
	if !since().IsZero() {
		t.Fatal("it was done before it was confirmed")
	}
	riley.Post(path, url.Values{"from": {today}, "confirmed": {"no"}}).OK(t, "mandatory")
	if !since().IsZero() {
		t.Fatal("it was done without being confirmed")
	}
	riley.Post(path, url.Values{"from": {today}, "confirmed": {"yes"}}).OK(t, "practice")
	if since().IsZero() {
		t.Fatal("it was not done")
	}
	riley.Post(path, url.Values{"from": {""}}).OK(t, "practice")
	riley.Post(path, url.Values{"from": {"2031-07-01"}}).OK(t, "practice")
	if since().Year() != 2031 {
		t.Errorf("the day is %s", since())
	}
}

// The page that activates MFA says who is signed out by it.
func TestActivationSaysWhoSignsInAgain(t *testing.T) {
	h := open(t)
	names, riley := h.real(), h.in("riley", "/support")
	h.in("aroha", "/account")
	if h.Account("aroha").Practice.MFA != idp.MFARequested {
		t.Fatal("MFA is not asked for")
	}
	riley.Get("/support/practices/"+names["practice"]+"/activation").OK(t, "activation").Shows(t, "is signed in without MFA (1 session)")
}
