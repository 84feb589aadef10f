package browsertest_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testworld"
)

// ABUSE 35: two apps are open, behind two nodes, when the person's sessions are ended at one of them.
func scenarioResetElsewhere(t *testing.T, s *stage) {
	tom := s.user(t, "tom")
	open := s.twoApps(t, tom)
	err := s.second.Directory().People.ResetMFA(t.Context(), s.caller(t, "olivia"), s.account(t, tom.Username).User.ID, "lost the phone", s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	s.allEnded(t, open)
	beside := open[0].beside(tom)
	beside.password(tom.Password)
	beside.on("choose")
	open[0].closed("Your session has ended")
}

func scenarioSignedOutEverywhere(t *testing.T, s *stage) {
	aroha := s.user(t, "aroha")
	open := s.twoApps(t, aroha)
	err := s.second.Directory().Account.SignOutEverywhere(t.Context(), s.caller(t, "aroha"), s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	s.allEnded(t, open)
	beside := open[0].beside(aroha)
	beside.prove()
	open[0].Await("the page again", bare)
	open[0].kept()
	open[1].closed("Your session has ended") // the person has not signed in again at the other app
}

// twoApps opens the forms of two apps in two tabs, and types into both.
func (s *stage) twoApps(t *testing.T, who user) []*visit {
	t.Helper()
	one := s.visit(t, who)
	one.work(lodgements)
	s.clock.Advance(time.Minute) // for another code
	two := one.tab()
	two.work(timesheets)
	open := []*visit{one, two}
	for _, each := range open {
		each.write()
		if !each.answers(200) {
			t.Fatalf("%s does not answer", each.URL())
		}
	}
	return open
}

// allEnded fails unless each app refuses its page, which then says by itself, within its minute, that the session is over.
func (s *stage) allEnded(t *testing.T, open []*visit) {
	t.Helper()
	for _, each := range open {
		each.told()
	}
	for _, each := range open {
		each.AwaitWithin(70*time.Second, "the cover", covered)
		each.closed("Your session has ended")
	}
}

// told waits until the app has been told: its tokens would have lasted for minutes.
func (v *visit) told() {
	v.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); !v.answers(401); <-tick.C {
		if time.Now().After(deadline) {
			v.t.Fatalf("%s was not told", v.URL())
		}
	}
}

func (s *stage) account(t *testing.T, username string) idp.Account {
	t.Helper()
	account, err := s.second.Records().FindAccountByUsername(t.Context(), username)
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// caller is a person who gives a command to the second node.
func (s *stage) caller(t *testing.T, prefix string) directory.Caller {
	t.Helper()
	return directory.Caller{Actor: idp.Actor{Kind: idp.ActorUser, ID: string(s.account(t, s.user(t, prefix).Username).User.ID)}, Proved: testworld.Fresh()}
}
