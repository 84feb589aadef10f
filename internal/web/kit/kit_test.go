package kit_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/kit"
)

func TestADayBeginsAtMidnightOfItsZone(t *testing.T) {
	sydney := idp.Place{Zone: "Australia/Sydney"}
	for text, want := range map[string]time.Time{
		"":           {},
		"2027-03-31": time.Date(2027, 3, 30, 13, 0, 0, 0, time.UTC), // daylight saving
		"2027-07-01": time.Date(2027, 6, 30, 14, 0, 0, 0, time.UTC),
		"2028-02-29": time.Date(2028, 2, 28, 13, 0, 0, 0, time.UTC),
	} {
		got, err := kit.Day("from", text, sydney)
		if err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"2027-02-29", "31.3.2027", "2027-03-31T00:00", "0001-01-01", "3000-01-01", " 2027-03-31", "\u0661"} {
		_, err := kit.Day("from", text, sydney)
		if idp.CodeOf(err) != idp.CodeInvalid || err.(*idp.Error).Field != "from" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The address names what was done; a visitor's own text in it is never shown (ABUSE 37).
func TestANoteIsOneOfOurs(t *testing.T) {
	k := kit.Kit{Notes: kit.Good(map[string]string{"saved": "Saved."})}
	for address, want := range map[string]string{
		"/manage?done=saved": "Saved.", "/manage": "", "/manage?done=": "", "/manage?done=<b>hacked</b>": "", "/manage?done=Saved.": "",
	} {
		note, got := k.Note(httptest.NewRequest(http.MethodGet, address, nil)), ""
		if note != nil {
			got = note.Text
		}
		if got != want {
			t.Errorf("%s: %q", address, got)
		}
	}
}

func TestDoneKeepsTheQueryOfThePage(t *testing.T) {
	for to, want := range map[string]string{
		"/manage":           "/manage?done=signed-out",
		"/manage?search=mi": "/manage?search=mi&done=signed-out",
	} {
		w := httptest.NewRecorder()
		if err := (kit.Kit{}).Done(w, httptest.NewRequest(http.MethodPost, "/manage", nil), to, "signed-out"); err != nil {
			t.Fatal(err)
		}
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("%s: %d %s", to, w.Code, w.Header().Get("Location"))
		}
	}
}

func TestTheWayToProveAgain(t *testing.T) {
	k := kit.Kit{Home: "/support"}
	if got := k.ProvePath("/support/cases/cas_1?a=b&c=d"); got != "/support/prove?back=%2Fsupport%2Fcases%2Fcas_1%3Fa%3Db%26c%3Dd" {
		t.Error(got)
	}
	if got := k.Beside(web.Problem{Text: "Something else is wrong."}); got != "" {
		t.Errorf("a form that was refused for another reason leads to %s", got)
	}
	if got := k.Beside(web.Problem{Prove: true}); got != "/support/prove" {
		t.Error(got)
	}
}

func TestARouteNeedsProofsIfOneOfItsCommandsDoes(t *testing.T) {
	for _, c := range []struct {
		commands []policy.Command
		want     bool
	}{
		{nil, false},
		{[]policy.Command{policy.CommandUnlockUser}, false},
		{[]policy.Command{policy.CommandUnlockUser, policy.CommandResetMFA}, true},
	} {
		if got := (kit.Route[int]{Commands: c.commands}).NeedsProofs(); got != c.want {
			t.Errorf("%v: %t", c.commands, got)
		}
	}
}
