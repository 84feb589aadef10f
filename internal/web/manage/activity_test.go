package manage_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testworld"
)

var (
	linePattern = regexp.MustCompile(`(?s)<tr[^>]*>\s*<th scope="row">(.*?)</tr>`)
	tagPattern  = regexp.MustCompile(`<[^>]*>`)
)

// lines are the lines of the activity, as a person reads them.
func lines(p testworld.Page) (all []string) {
	for _, found := range linePattern.FindAllStringSubmatch(p.Body, -1) {
		all = append(all, strings.Join(strings.Fields(html.UnescapeString(tagPattern.ReplaceAllString(found[1], " "))), " "))
	}
	return all
}

// A sign-in is one line that opens into its steps, in their order, and in words.
func TestASignInIsOneLine(t *testing.T) {
	w := open(t)
	tom := w.surfer(t)
	p := tom.Get("/account")
	p = tom.Post(p.At, url.Values{"username": {w.Person("tom").Username}, "password": {"wrong-password-of-tom"}})
	tom.SignIn(p, w.Person("tom"), w.Clock)
	olivia := w.manager(t, "olivia")
	p = olivia.Get("/manage/activity?person=okafor").OK(t, "activity").Shows(t, "Only about <bdi>Tom Okafor</bdi>")
	found := lines(p)
	if len(found) < 2 || !strings.Contains(found[0], "Signed in with password and authenticator app") {
		t.Fatalf("%q", found)
	}
	signin := found[0]
	steps := []string{"Gave a wrong password", "Gave the right password", "Gave the right security code", "Signed in"}
	place := strings.Index(signin, "steps")
	for _, step := range steps {
		next := strings.Index(signin[max(place, 0):], step)
		if next < 0 {
			t.Fatalf("%q is not there, or not in its place: %s", step, signin)
		}
		place += next + 1
	}
	if strings.Count(strings.Join(found, "\n"), "Gave the right password") != 1 {
		t.Errorf("a step has a line of its own: %q", found)
	}
	for _, code := range []string{"pwd", "otp", "signin.", "practice_activated", "wrong_password"} {
		if strings.Contains(strings.Join(found, "\n"), code) {
			t.Errorf("the page shows the code %s: %q", code, found)
		}
	}
	failed := lines(olivia.Get("/manage/activity?person=okafor&result=failure").OK(t, "activity"))
	if len(failed) != 1 || !strings.Contains(failed[0], "Gave a wrong password") || !strings.Contains(failed[0], "4 steps") {
		t.Errorf("what failed: %q", failed)
	}
}

// The list says where in it the page is; pages follow one another without a line missing or twice, also within one millisecond.
func TestTheActivityKnowsItsLength(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	practice, now := w.Account("olivia").Practice.ID, w.Clock.Now()
	err := w.Records().InTx(t.Context(), func(tx *sqlstore.Tx) error {
		for n := range 120 {
			e := idp.AuditEvent{
				ID: idp.NthEventID(now, n), At: now, Type: idp.EventUserUnlocked, Actor: idp.Actor{Kind: idp.ActorSystem}, PracticeID: practice,
				Result: idp.ResultSuccess, Details: map[string]string{"number": "n" + string(rune('A'+n/26)) + string(rune('a'+n%26))},
			}
			if err := tx.AppendEvent(context.WithoutCancel(t.Context()), e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	next, seen := "/manage/activity?type=user.&from="+now.Add(-48*time.Hour).Format(time.DateOnly), []string{}
	for _, position := range []string{"1–50 of ", "51–100 of ", "101–"} {
		p := olivia.Get(next).OK(t, "activity").Shows(t, position)
		for _, line := range lines(p) {
			if _, number, found := strings.Cut(line, "Number "); found {
				seen = append(seen, strings.Fields(number)[0])
			}
		}
		if found := regexp.MustCompile(`href="(/manage/activity[^"]+)" rel="next"`).FindStringSubmatch(p.Body); found != nil {
			next = html.UnescapeString(found[1])
		}
	}
	if len(seen) != 120 {
		t.Fatalf("%d of 120 lines: %q", len(seen), seen)
	}
	for i := range seen[1:] {
		if seen[i] <= seen[i+1] {
			t.Errorf("%s stands above %s, which came after it", seen[i], seen[i+1])
		}
	}
}

// A person is found by a part of their name; several are offered, and no one of another practice (ABUSE 32).
func TestActivityOfAPersonFoundByName(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	p := olivia.Get("/manage/activity?person=harbourfinch&type=user.")
	if p.Status != http.StatusOK && p.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%d", p.Status)
	}
	for _, stranger := range []string{"aroha", "ewan", "riley", "nobody of this name"} {
		p := olivia.Get("/manage/activity?person=" + url.QueryEscape(stranger))
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, "Nobody in the practice is called that") || !strings.Contains(p.Body, `aria-invalid="true"`) {
			t.Errorf("%s: %d\n%s", stranger, p.Status, p.Body)
		}
	}
	several := olivia.Get("/manage/activity?person=o").OK(t, "activity")
	if strings.Contains(several.Body, "Whom do you mean?") == (len(lines(several)) > 0) {
		t.Errorf("people are offered beside lines, or neither\n%s", several.Body)
	}
	olivia.Get("/manage/activity?person=" + url.QueryEscape(testworld.Markup)).Inert(t)
	sheet := olivia.Get("/manage/activity.csv?user=" + string(w.Account("tom").User.ID) + "&type=user.")
	for _, line := range strings.Split(strings.TrimSpace(sheet.Body), "\n")[1:] {
		if !strings.Contains(line, string(w.Account("tom").User.ID)) {
			t.Errorf("the download has what is not asked for: %s", line)
		}
	}
}
