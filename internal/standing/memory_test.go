package standing_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/standing"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// versions are the version, which a test changes, or a Redis that does not answer.
type versions struct {
	mu    sync.Mutex
	now   string
	err   error
	asked int
}

func (v *versions) Version(context.Context) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked++
	return v.now, v.err
}

func (v *versions) change(to string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now = to
}

// world is a store whose answers a test chooses, and that counts how often it was asked.
type world struct {
	mu      sync.Mutex
	asked   int
	spent   bool
	err     error
	reading func() // while the store reads, after it has read
}

func (w *world) FindSignedInUnspent(_ context.Context, id idp.SID, _ string, _ time.Time) (idp.SignedIn, error) {
	w.mu.Lock()
	w.asked++
	in, err, reading := idp.SignedIn{Session: idp.Session{ID: id}, User: idp.User{Name: "Mia"}}, w.err, w.reading
	if w.spent {
		err = idp.ErrNotFound
	}
	w.mu.Unlock()
	if reading != nil {
		reading()
	}
	return in, err
}

func (w *world) IsSpent(context.Context, string, time.Time) (bool, error) {
	w.mu.Lock()
	w.asked++
	spent, err, reading := w.spent, w.err, w.reading
	w.mu.Unlock()
	if reading != nil {
		reading()
	}
	return spent, err
}

func TestAnAnswerIsGivenAgainForASecond(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration
		asked int
	}{
		"at once":                {0, 1},
		"within the second":      {standing.Lifetime - 1, 1},
		"a second later":         {standing.Lifetime, 2},
		"long after":             {time.Hour, 2},
		"the clock was set back": {-time.Nanosecond, 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{}
			m := standing.New(w, &versions{})
			for _, now := range []time.Time{noon, noon.Add(c.after)} {
				in, err := m.FindSignedInUnspent(t.Context(), "s1", "token", now)
				if err != nil || in.Session.ID != "s1" || in.User.Name != "Mia" {
					t.Fatalf("%+v, %v", in, err)
				}
			}
			if w.asked != c.asked {
				t.Errorf("the store was asked %d times, not %d", w.asked, c.asked)
			}
			w.asked = 0
			for _, now := range []time.Time{noon, noon.Add(c.after)} {
				if spent, err := m.IsSpent(t.Context(), "machine", now); spent || err != nil {
					t.Fatal(spent, err)
				}
			}
			if w.asked != c.asked {
				t.Errorf("of a token without a session the store was asked %d times, not %d", w.asked, c.asked)
			}
		})
	}
}

// A second is counted from when the answer was asked for: being asked again does not make it last.
func TestAskingAgainMakesNoAnswerLast(t *testing.T) {
	w := &world{}
	m := standing.New(w, &versions{})
	for now := noon; now.Before(noon.Add(standing.Lifetime)); now = now.Add(standing.Lifetime / 10) {
		must(t, ask(t, m, now))
	}
	w.spent = true
	if err := ask(t, m, noon.Add(standing.Lifetime)); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("after a second it is %v", err)
	}
}

func TestARefusalAndAFailureAreNotRemembered(t *testing.T) {
	for _, refusal := range []error{idp.ErrNotFound, idp.ErrUnavailable} {
		w := &world{err: refusal}
		m := standing.New(w, &versions{})
		for range 2 {
			if err := ask(t, m, noon); !errors.Is(err, refusal) {
				t.Fatal(err)
			}
			if _, err := m.IsSpent(t.Context(), "machine", noon); !errors.Is(err, refusal) {
				t.Fatal(err)
			}
		}
		if w.asked != 4 {
			t.Errorf("%v: the store was asked %d times, not 4", refusal, w.asked)
		}
	}
	w := &world{spent: true}
	m := standing.New(w, &versions{})
	for range 2 {
		if spent, err := m.IsSpent(t.Context(), "machine", noon); !spent || err != nil {
			t.Fatal(spent, err)
		}
	}
	if w.asked != 2 {
		t.Errorf("of a spent name the store was asked %d times, not 2", w.asked)
	}
}

func TestAnotherVersionAsksAgain(t *testing.T) {
	w, v := &world{}, &versions{}
	m := standing.New(w, v)
	must(t, ask(t, m, noon))
	_, err := m.IsSpent(t.Context(), "machine", noon)
	must(t, err)
	w.spent = true
	v.change("second")
	if err := ask(t, m, noon); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("a session: %v", err)
	}
	if spent, _ := m.IsSpent(t.Context(), "machine", noon); !spent {
		t.Error("a machine's token is still good")
	}
}

// The change is committed, and has its version, between the moment at which the store has read and that at which its answer arrives.
func TestAnAnswerFromBeforeTheChangeIsNotGivenAfterIt(t *testing.T) {
	for name, question := range map[string]func(*standing.Memory) bool{
		"a session": func(m *standing.Memory) (spent bool) {
			return errors.Is(ask(t, m, noon), idp.ErrNotFound)
		},
		"a machine": func(m *standing.Memory) bool {
			spent, err := m.IsSpent(t.Context(), "machine", noon)
			must(t, err)
			return spent
		},
	} {
		w, v := &world{}, &versions{}
		m := standing.New(w, v)
		w.reading = func() {
			w.reading = nil
			w.spent = true
			v.change("second")
		}
		question(m) // it was asked before
		if !question(m) {
			t.Errorf("%s: what was read before the change answers after it", name)
		}
	}
}

// Without a version nothing is believed, and a Redis that hangs is not waited for by each request.
func TestWithoutAVersionTheStoreIsAsked(t *testing.T) {
	w, v := &world{}, &versions{}
	m := standing.New(w, v)
	must(t, ask(t, m, noon))
	v.err, w.spent = idp.ErrUnavailable, true
	for range 3 {
		if err := ask(t, m, noon); !errors.Is(err, idp.ErrNotFound) {
			t.Errorf("what was known answers: %v", err)
		}
	}
	if v.asked != 2 {
		t.Errorf("the version was asked for %d times, not 2", v.asked)
	}
	v.err, w.spent, w.asked = nil, false, 0
	for range 2 {
		must(t, ask(t, m, noon.Add(standing.Lifetime)))
	}
	if w.asked != 1 || v.asked != 4 {
		t.Errorf("when Redis answers again, the store was asked %d times and the version %d times", w.asked, v.asked-2)
	}
}

// That a caller went away says nothing of Redis.
func TestACallerThatGoesAwayIsNoFailure(t *testing.T) {
	w, v := &world{}, &versions{err: context.Canceled}
	m := standing.New(w, v)
	gone, leave := context.WithCancel(t.Context())
	leave()
	_, err := m.FindSignedInUnspent(gone, "s1", "token", noon)
	must(t, err)
	v.err = nil
	for range 2 {
		must(t, ask(t, m, noon))
	}
	if w.asked != 2 {
		t.Errorf("the store was asked %d times, not 2", w.asked)
	}
}

// One session's answer is not another's, nor one token's that of another token of the session.
func TestEachQuestionHasItsOwnAnswer(t *testing.T) {
	w := &world{}
	m := standing.New(w, &versions{})
	for _, one := range []struct {
		id   idp.SID
		name string
	}{{"s1", "a"}, {"s1", "b"}, {"s2", "a"}, {"", "a"}, {"", "s1"}, {"s1", ""}} {
		in, err := m.FindSignedInUnspent(t.Context(), one.id, one.name, noon)
		if err != nil || in.Session.ID != one.id {
			t.Errorf("%+v: %+v, %v", one, in.Session, err)
		}
	}
	if w.asked != 6 {
		t.Errorf("six questions made %d", w.asked)
	}
}

func TestTheMemoryIsBounded(t *testing.T) {
	w := &world{}
	m := standing.New(w, &versions{})
	const many = 10_000
	for n := range many {
		_, err := m.FindSignedInUnspent(t.Context(), idp.SID(strconv.Itoa(n)), "token", noon)
		must(t, err)
	}
	w.asked = 0
	for n := range many {
		_, err := m.FindSignedInUnspent(t.Context(), idp.SID(strconv.Itoa(n)), "token", noon)
		must(t, err)
	}
	if w.asked < many/2 {
		t.Errorf("of %d answers it remembered all but %d", many, w.asked)
	}
}

func ask(t *testing.T, m *standing.Memory, now time.Time) error {
	t.Helper()
	_, err := m.FindSignedInUnspent(t.Context(), "s1", "token", now)
	return err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
