package signin_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
)

// at makes the tab one of a browser at this address.
func (b *tab) at(address string) *tab {
	b.browser.Address = address
	return b
}

// ABUSE 51: an attacker tries one password on many user names, of people and made-up ones. The network's passwords are no longer
// compared, right ones neither, and the refusal is the same for every name. A browser in which its owner has signed in before goes on,
// from the same address, as does everyone elsewhere; and none of the sprayed accounts is locked.
func TestSprayedPasswordsAreLimitedByNetwork(t *testing.T) {
	const network, other = 12, 30
	h := newHouse(t)
	h.bounds[idp.LimitWrongPasswordsByNetwork] = idp.Rate{Most: network, Window: time.Hour}
	h.bounds[idp.LimitWrongPasswordsBySite] = idp.Rate{Most: other, Window: time.Hour}
	h.Service = h.node()
	mine := h.knownBrowser(idp.Secret{})
	spray := func(address string, n int) (compared int) {
		for i := range n {
			name := fmt.Sprint("made-up", i)
			if i == 3 {
				name = "app"
			}
			out, err := h.open("timesheets").at(address).try(guess(name))
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case out.Problem != nil && out.Problem.Code == signin.ProblemCredentials:
				compared++
			case out.Problem == nil || out.Problem.Code != signin.ProblemManyWrong || out.View.Username == "":
				t.Fatalf("%s from %s: %+v", name, address, out)
			case out.View.Until.Before(h.now.Add(time.Hour)) || out.View.Until.After(h.now.Add(66*time.Minute)):
				t.Fatalf("until %s", out.View.Until)
			}
		}
		return compared
	}
	if compared := spray("203.0.113.7", 40); compared != network {
		t.Errorf("%d passwords were compared, want %d", compared, network)
	}
	for _, name := range []string{"free", "suspended", "nobody"} { // the right password, and one that can't be: nobody learns which
		h.open("timesheets").refuse(login(name), signin.ProblemManyWrong)
	}
	h.open("timesheets").from(mine).post(login("free"), signin.StateDone)
	h.open("timesheets").at("198.51.100.7").post(login("free"), signin.StateDone)
	h.open("timesheets").at("203.0.113.8").post(login("free"), signin.StateDone) // a neighbour, so far

	// Machines side by side are one site.
	compared := network
	for i := range 3 {
		compared += spray(fmt.Sprint("203.0.113.", 20+i), 15)
	}
	if compared != other {
		t.Errorf("%d passwords of the site were compared, want %d", compared, other)
	}
	limits := map[string]int{}
	for _, e := range h.events("") {
		if e.Reason == idp.ReasonTooMany {
			limits[e.Details["limit"]]++
		}
	}
	if limits[string(idp.LimitWrongPasswordsByNetwork)] == 0 || limits[string(idp.LimitWrongPasswordsBySite)] == 0 {
		t.Errorf("the trail names %v", limits)
	}

	// A wrong password in a known browser counts on its own counter, so that a colleague's typing errors close nothing.
	h.now = h.now.Add(2 * time.Hour)
	h.open("timesheets").from(mine).post(login("free"), signin.StateDone)
	for range policy.MaxFailures - 1 {
		h.open("timesheets").from(mine).refuse(guess("free"), signin.ProblemCredentials)
	}
	if compared := spray("203.0.113.7", 20); compared != network {
		t.Errorf("after the window %d passwords were compared, want %d", compared, network)
	}
}
