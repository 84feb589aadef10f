package support_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Support finds people of every practice by a part of their name, and is led to the only one.
func TestPeopleAreFoundByAPart(t *testing.T) {
	h := open(t)
	s := h.in("riley", "/support")
	s.Get("/support/people?email=ewan").OK(t, "user").Shows(t, "Ewan Rowe")
	s.Get("/support/people?email=OKAFOR").OK(t, "user").Shows(t, "Tom Okafor")
	several := s.Get("/support/people?email=%40").OK(t, "people").Shows(t, "Tom Okafor", "Ewan Rowe", "Harbour &amp; Finch")
	if strings.Count(several.Body, `role="search"`) != 1 {
		t.Error("two searches on one page")
	}
	if p := s.Get("/support/people?email=nobody"); p.Status != http.StatusNotFound || !strings.Contains(p.Body, "Nobody is called that, in any practice") {
		t.Errorf("nobody: %d\n%s", p.Status, p.Body)
	}
	s.Get("/support/people?email=" + "%3Cscript%3Ealert(1)%3C/script%3E").Inert(t)
	desk := s.Get("/support").OK(t, "desk")
	for _, name := range []string{`aria-label="Find a practice"`, `aria-label="Find a person"`} {
		if strings.Count(desk.Body, name) != 1 {
			t.Errorf("no search is called %s", name)
		}
	}
	if strings.Contains(desk.Body, "Need help?") {
		t.Error("APS support is told to contact APS support")
	}
}

// An explanation begins with the apps of the person's practice, and does not say that MFA is asked for where nobody gets so far.
func TestAnExplanationBeginsAtThePracticesApps(t *testing.T) {
	h := open(t)
	s := h.in("riley", "/support")
	first := s.Get("/support/explain").OK(t, "explain")
	if strings.Contains(first.Body, `name="app"`) {
		t.Error("apps are offered before there is a person")
	}
	apps := s.Get("/support/explain?email=ewan").OK(t, "explain").Shows(t, `name="app"`, "Choose the app that <bdi>Ewan Rowe</bdi> signs in to.")
	if strings.Contains(apps.Body, ">Support desk<") {
		t.Error("an app of APS is offered for a person of a practice")
	}
	for _, app := range []string{"timesheets", "contacts", "lodgements", "user-management", "account", "support"} {
		p := s.Get("/support/explain?email=ewan&app="+app).OK(t, "explain")
		if no, yes := strings.Contains(p.Body, "<dd>No: "), strings.Contains(p.Body, "<b>Yes.</b>"); no && (yes || strings.Contains(p.Body, ">Decides<")) {
			t.Errorf("%s: MFA is asked for where nobody enters\n%s", app, p.Body)
		} else if no != strings.Contains(p.Body, "It doesn’t come to that") {
			t.Errorf("%s: %t\n%s", app, no, p.Body)
		}
	}
	s.Get("/support/explain?email=%40").OK(t, "explain").Shows(t, "Whom do you mean?", "/support/explain?user=usr_")
	s.Get("/support/explain?email=" + "%3Cscript%3Ealert(1)").Inert(t)
}

// Zones are chosen from a list.
func TestTheTimeZoneIsAList(t *testing.T) {
	h := open(t)
	s := h.in("riley", "/support")
	s.Get("/support/new-practice").OK(t, "new-practice").Shows(t, `<select id="time_zone" name="time_zone"`, `<option value="Australia/Sydney" selected>Sydney (Australia)</option>`)
	nz := s.Get("/support/practices/"+string(h.Account("aroha").Practice.ID)+"/edit").OK(t, "edit-practice")
	if strings.Index(nz.Body, "Pacific/Auckland") > strings.Index(nz.Body, "Australia/Sydney") {
		t.Error("the zones of the practice's region do not come first")
	}
}

var personPattern = regexp.MustCompile(`<a class="name break" dir="auto" href="/support/users/[^"]+">([^<]+)</a>`)

// A practice's people are sorted by headings, as in User Management+, and a search keeps the order.
func TestAPracticesPeopleAreSorted(t *testing.T) {
	h := open(t)
	s := h.in("riley", "/support")
	practice := "/support/practices/" + string(h.Account("olivia").Practice.ID)
	listed := func(query string) (names []string) {
		for _, found := range personPattern.FindAllStringSubmatch(s.Get(practice+query).OK(t, "practice").Body, -1) {
			names = append(names, found[1])
		}
		return names
	}
	names := listed("")
	if len(names) < 3 || !slices.IsSorted(names) {
		t.Fatalf("people are not listed by name: %q", names)
	}
	turned := listed("?sort=-name")
	slices.Reverse(turned)
	if !slices.Equal(turned, names) {
		t.Errorf("the other way round: %q", turned)
	}
	if admins := listed("?sort=rights"); admins[0] != "Olivia Finch" {
		t.Errorf("administrators do not come first: %q", admins)
	}
	s.Get(practice+"?search=o&sort=-name").OK(t, "practice").Shows(t, `name="sort" value="-name"`, `aria-sort="descending"`,
		`href="`+practice+`?search=o#people">Name`, `href="`+practice+`?search=o&amp;sort=username#people">Email address</a>`)
	if p := s.Get(practice + "?sort=password_hash"); p.Status != http.StatusBadRequest {
		t.Errorf("an order that is none: %d", p.Status)
	}
}
