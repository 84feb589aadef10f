package signin_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/storetest"
)

func onBoth(t *testing.T, test func(*testing.T, *house)) {
	for name, url := range map[string]func(testing.TB) string{"SQLite": storetest.SQLite, "Postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) { test(t, newHouseOn(t, url(t))) })
	}
}

// guards counts the rows of failure counters.
func (h *house) guards() (rows int) {
	h.t.Helper()
	if err := h.sql.DB().QueryRowContext(bg, "SELECT count(*) FROM guards").Scan(&rows); err != nil {
		h.t.Fatal(err)
	}
	return rows
}

// ABUSE 52: whoever tries passwords of made-up user names makes no row for any of them.
func TestMadeUpNamesMakeNoRows(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		const decoys = 16
		for i := range 120 {
			out, err := h.open("timesheets").try(guess(fmt.Sprint("nobody", i)))
			if err != nil || out.Problem == nil || out.Problem.Code != signin.ProblemCredentials {
				t.Fatalf("%+v, %v", out, err)
			}
		}
		if rows := h.guards(); rows > decoys {
			t.Errorf("%d rows", rows)
		}
	})
}

// ABUSE 26: whatever a visitor tries, and whenever, the answers for a made-up user name are those for a real one.
func TestAMadeUpNameIsAnsweredAsARealOne(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		answer := func(name string) string {
			b := h.open("timesheets")
			out, err := b.try(guess(name))
			if err != nil {
				t.Fatal(err)
			}
			view := b.view()
			return fmt.Sprintf("%s %v %s %s %v", out.State, out.Problem, view.Ending, view.Until.Sub(h.now), view.Unlock)
		}
		for i := range 30 {
			if real, made := answer("free"), answer("nobody"); real != made {
				t.Fatalf("try %d: a real name gets %q, a made-up one %q", i+1, real, made)
			}
			h.now = h.now.Add([]time.Duration{0, 0, 0, 0, 3 * time.Minute, 14 * time.Minute, 40 * time.Minute}[i%7])
		}
	})
}

// ABUSE 17: guesses at a made-up name that come at once are evaluated as often as those at a real one.
func TestGuessesAtAMadeUpNameAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		if n := h.guessAtOnce("nobody", idp.Secret{}); n != policy.MaxFailures-1 { // the fifth is told that it locked
			t.Errorf("%d guesses were told to be wrong", n)
		}
	})
}
