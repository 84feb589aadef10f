package manage_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/testworld"
)

var batchPattern = regexp.MustCompile(`name="batch" value="(bat_[a-z0-9.]+)"`)

// choose ticks these people, and returns the page that asks to confirm.
func (s *surfer) choose(action string, users ...string) testworld.Page {
	s.t.Helper()
	return s.Post("/manage/batch", url.Values{"action": {action}, "scope": {"ticked"}, "user": users})
}

// confirm sends the form of that page.
func (s *surfer) confirm(p testworld.Page, reason string) testworld.Page {
	s.t.Helper()
	return s.Post(strings.SplitN(p.At, "?", 2)[0], url.Values{"batch": {p.One(s.t, batchPattern)}, "reason": {reason}})
}

func TestManyAreResetAtOnce(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	tom, sara, me := olivia.user("tom"), olivia.user("sara"), olivia.user("olivia")
	page := olivia.choose("reset-mfa", tom, sara, me, tom).OK(t, "batch")
	page.Shows(t, "Reset MFA for 4 people", "Tom Okafor", "Sara Lindqvist", "Olivia Finch", "This is what happens")
	if p := olivia.confirm(page, " \n"); p.Status != http.StatusUnprocessableEntity || p.Step != "batch" {
		t.Errorf("without a reason: %d at %s", p.Status, p.Step)
	}
	result := olivia.confirm(page, "The office moves").OK(t, "batch-result")
	result.Shows(t, "MFA was reset for 2 people.", "1 person not reached", "your own account")
	for _, id := range []string{tom, sara} {
		olivia.Get("/manage/users/"+id).OK(t, "person").Shows(t, "MFA is not set up.")
	}
	trail := olivia.trail()
	if n := strings.Count(trail, `"action":"mfa.reset"`); n != 3 || strings.Count(trail, "The office moves") != 3 {
		t.Errorf("%d events, not one for each person", n)
	}
	again := olivia.confirm(page, "The office moves")
	if again.Status != http.StatusConflict || strings.Count(olivia.trail(), `"action":"mfa.reset"`) != 3 {
		t.Errorf("sent twice: %d", again.Status)
	}
	olivia.Get(page.At).OK(t, "batch-result").Shows(t, "MFA was reset for 2 people.") // the same address says how it went
}

// ABUSE 32: whom another practice has is not there, and another visitor's batch is not found.
func TestABatchStaysWithItsVisitor(t *testing.T) {
	w := open(t)
	olivia, aroha := w.manager(t, "olivia"), w.manager(t, "aroha")
	theirs := aroha.user("aroha")
	if p := olivia.choose("disable-user", theirs); p.Status != http.StatusBadRequest || strings.Contains(p.Body, "Aroha") {
		t.Errorf("another practice's person alone: %d", p.Status)
	}
	page := olivia.choose("disable-user", theirs, olivia.user("tom")).OK(t, "batch").Shows(t, "Disable 1 person")
	if strings.Contains(page.Body, "Aroha") {
		t.Error("another practice's person is named")
	}
	if p := aroha.Get(strings.Replace(page.At, "/disable", "/remind-mfa", 1)); p.Status != http.StatusNotFound || strings.Contains(p.Body, "Tom") {
		t.Errorf("another visitor reads it: %d", p.Status)
	}
	if p := aroha.confirm(page, "Mine now"); p.Status != http.StatusNotFound {
		t.Errorf("another visitor sends it: %d", p.Status)
	}
	other := olivia.Post("/manage/batch/enable", url.Values{"batch": {page.One(t, batchPattern)}, "reason": {"x"}})
	if other.Status != http.StatusNotFound {
		t.Errorf("as another command: %d", other.Status)
	}
	olivia.Get("/manage?filter=disabled").OK(t, "people").Shows(t, "Nobody is in this filter.")
	for _, wrong := range []url.Values{
		{"action": {"edit-user"}, "user": {olivia.user("tom")}}, {"action": {"disable-user"}, "scope": {"all"}}, {"action": {"disable-user"}},
	} {
		if p := olivia.Post("/manage/batch", wrong); p.Status != http.StatusBadRequest {
			t.Errorf("%v: %d", wrong, p.Status)
		}
	}
}

// Proofs are asked for once, before the page of a batch, which is there afterwards.
func TestABatchNeedsFreshProofsOnce(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	tom, mia := olivia.user("tom"), olivia.user("mia")
	ready := olivia.choose("disable-user", tom).OK(t, "batch")
	w.Clock.Advance(14 * time.Minute)
	olivia.Get("/manage").OK(t, "people")
	w.Clock.Advance(2 * time.Minute)
	stale := olivia.confirm(ready, "Left")
	if stale.Status != http.StatusForbidden {
		t.Errorf("with old proofs: %d", stale.Status)
	}
	stale.Shows(t, "/manage/prove", "Left")
	asked := olivia.choose("disable-user", tom, mia)
	if asked.Step != "password" {
		t.Fatalf("the proofs are not asked for: %s", asked.Step)
	}
	page := olivia.SignIn(asked, w.Person("olivia"), w.Clock).OK(t, "batch").Shows(t, "Disable 2 people")
	olivia.confirm(page, "Left").OK(t, "batch-result").Shows(t, "Disabled: 2 people.")
	olivia.choose("remind-mfa", tom).OK(t, "batch").Shows(t, "(optional)")
}

func TestWhoeverIsListedIsChosen(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	all := olivia.Post("/manage/batch", url.Values{"action": {"remind-mfa"}, "scope": {"listed"}}).OK(t, "batch")
	page := olivia.Post("/manage/batch", url.Values{"action": {"remind-mfa"}, "scope": {"page"}}).OK(t, "batch")
	some := olivia.Post("/manage/batch?search=tom", url.Values{"action": {"remind-mfa"}, "scope": {"listed"}}).OK(t, "batch")
	some.Shows(t, "Send a reminder of MFA to 1 person", "Tom Okafor", `href="/manage?search=tom"`)
	title := regexp.MustCompile(`<h1 dir="auto">([^<]+)</h1>`)
	if all.One(t, title) != page.One(t, title) {
		t.Errorf("all %s, on the page %s", all.One(t, title), page.One(t, title))
	}
	result := olivia.confirm(all, "").OK(t, "batch-result")
	result.Shows(t, "The reminder was sent to", "set up MFA already")
	twice := olivia.confirm(olivia.Post("/manage/batch", url.Values{"action": {"remind-mfa"}, "scope": {"listed"}}), "").OK(t, "batch-result")
	twice.Shows(t, "Nobody was reached.", "was reminded within a day")
	olivia.Get("/manage/activity?type=mfa.").OK(t, "activity").Shows(t, "A reminder to set up MFA was sent")
}

// Of the batches that a visitor begins, the newest sixteen are kept, whatever they are called; older ones are not, so that nobody fills the store.
func TestTheNewestBatchesAreKept(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	begun := make([]testworld.Page, 20)
	for i := range begun {
		begun[i] = olivia.choose("remind-mfa", olivia.user("tom")).OK(t, "batch")
	}
	for i, page := range begun {
		want := http.StatusOK
		if i < 4 {
			want = http.StatusNotFound
		}
		if got := olivia.Get(page.At).Status; got != want {
			t.Errorf("batch %d of %d: %d, want %d", i+1, len(begun), got, want)
		}
	}
}

// ABUSE 37: what people typed is text on every page of a batch.
func TestABatchShowsTextAsText(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	olivia.Post("/manage/batch?search="+url.QueryEscape(testworld.Markup), url.Values{"action": {"remind-mfa"}, "scope": {"listed"}}).Inert(t)
	page := olivia.choose("disable-user", olivia.user("tom")).OK(t, "batch").Inert(t)
	olivia.confirm(page, testworld.Markup).Inert(t)
	olivia.Get("/manage/activity").OK(t, "activity").Inert(t)
}

func TestTheBoardAddsUp(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	olivia.Post("/manage/invite", form(t, "/manage/invite")).OK(t, "person") // not joined
	olivia.Post("/manage/users/"+olivia.user("tom")+"/disable", nil).OK(t, "person")
	board := olivia.Get("/manage/mfa").OK(t, "mfa")
	fact := func(name string) int {
		n, err := strconv.Atoi(board.One(t, regexp.MustCompile(`<dt>`+name+`</dt><dd>(?:<b>)?([0-9]+)`)))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	ready, not, disabled, all := fact("Ready"), fact("Not ready"), fact("Disabled, so not asked"), fact("Everybody")
	if ready == 0 || not == 0 || disabled != 1 || ready+not+disabled != all {
		t.Errorf("%d ready, %d not, %d disabled: %d", ready, not, disabled, all)
	}
	board.Shows(t, `role="img" aria-labelledby="trend trend-says"`, "people were ready on", "The numbers")
	sheet := olivia.Get("/manage/mfa.csv")
	if !strings.HasPrefix(sheet.Body, "\ufeffname,email address,mfa,method,set up at (Australia/Sydney),rights,last sign-in (Australia/Sydney)\n") ||
		!regexp.MustCompile(`,\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+1[01]:00(,|\n)`).MatchString(sheet.Body) {
		t.Errorf("no time by the practice's clock\n%s", sheet.Body)
	}
	counted := map[string]int{}
	lines := strings.Split(strings.TrimSpace(sheet.Body), "\n")
	for _, line := range lines[1:] {
		counted[strings.Split(line, ",")[2]]++
	}
	if counted["ready"] != ready || counted["not ready"] != not || counted["disabled"] != disabled || len(lines)-1 != all {
		t.Errorf("the sheet has %v", counted)
	}
	if last := regexp.MustCompile(`<td data-label="Ready">([0-9]+)</td><td data-label="Of">([0-9]+)`).FindAllStringSubmatch(board.Body, -1); len(last) != 13 {
		t.Errorf("%d weeks", len(last))
	} else if end := last[12]; end[1] != board.One(t, regexp.MustCompile(`<b>([0-9]+) of`)) {
		t.Errorf("the trend ends at %v", end)
	}
}

// ABUSE 38: a name that a spreadsheet would calculate.
func TestTheSheetHasNoFormula(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	edit := "/manage/users/" + olivia.user("tom") + "/edit"
	olivia.Post(edit, url.Values{"version": {olivia.version(edit)}, "name": {"=1+2"}, "username": {"tom@harbourfinch.example"}}).OK(t, "person")
	sheet := olivia.Get("/manage/mfa.csv")
	if !strings.Contains(sheet.Body, "\n'=1+2,") || sheet.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("%s", sheet.Body)
	}
}
