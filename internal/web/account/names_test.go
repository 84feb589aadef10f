package account_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testworld"
)

// A name from right to left leaves the words around it as they are, on every page of every surface that shows one.
func TestNamesFromRightToLeft(t *testing.T) {
	h := newHouse(t)
	tom, olivia := h.Account("tom"), h.Account("olivia")
	shell := directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: "test"}}
	for _, change := range []struct {
		account idp.Account
		name    string
	}{{tom, "محمد الأمين"}, {olivia, "ليلى حداد"}} {
		_, err := h.Directory().People.UpdateUser(t.Context(), shell, change.account.User.ID, directory.UserEdit{Version: change.account.User.Version, Name: &change.name}, h.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
	}
	name := "دفاتر الميناء"
	practice := tom.Practice
	if _, err := h.Directory().Practices.UpdatePractice(t.Context(), shell, practice.ID, directory.PracticeEdit{Version: practice.Version, Name: &name}, h.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	user := "/manage/users/" + string(tom.User.ID)
	for who, paths := range map[string][]string{
		"tom": {"/account", "/account/authenticators", "/account/sessions", "/account/activity", "/account/recovery-sheet", "/account/password"},
		"olivia": {
			"/manage", user, user + "/edit", user + "/reset-mfa", user + "/disable", "/manage/activity", "/manage/mfa", "/manage/integrations", "/manage/invite",
		},
		"riley": {"/support", "/support/practices", "/support/practices/" + string(practice.ID), "/support/users/" + string(tom.User.ID)},
	} {
		s := h.surfer()
		s.who = h.Person(who)
		first := s.signIn(s.Get(paths[0]))
		shown := 0
		for _, path := range paths {
			p := s.Get(path)
			if p.Status != http.StatusOK || p.Step != first.Step && path == paths[0] {
				t.Errorf("%s: %d at %q", path, p.Status, p.Step)
			}
			testworld.CheckNames(t, p.Body)
			testworld.CheckWords(t, p.Body)
			if strings.Contains(p.Body, "محمد") || strings.Contains(p.Body, "ليلى") || strings.Contains(p.Body, "دفاتر") {
				shown++
			}
		}
		if shown == 0 {
			t.Errorf("%s saw no name", who)
		}
	}
}

// The sheet never has a secret, and names the people to ask, who are others than the reader.
func TestTheRecoverySheet(t *testing.T) {
	h := newHouse(t)
	s := h.in("tom")
	p := s.Get("/account/recovery-sheet").OK(t, "recovery-sheet").Shows(t, h.Person("olivia").Username, "Your recovery PIN is not on this sheet", s.who.Username)
	for _, secret := range []string{s.who.PIN, s.who.TOTPKey, s.who.Password} {
		if secret != "" && strings.Contains(p.Body, secret) {
			t.Errorf("the sheet shows a secret\n%s", p.Body)
		}
	}
	own := h.in("olivia").Get("/account/recovery-sheet").OK(t, "recovery-sheet")
	if strings.Count(own.Body, h.Person("olivia").Username) != 2 { // the menu and whose sheet it is
		t.Errorf("olivia is told to call herself\n%s", own.Body)
	}
	aroha := h.in("aroha").Get("/account").OK(t, "account").Shows(t, "Set up security codes")
	if strings.Contains(aroha.Body, "nothing to do") {
		t.Error("somebody without security codes is told that all is in order")
	}
	s.Get("/account").Shows(t, "nothing to do", "This browser")
}
