package door_test

import (
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

func TestShellMarksThePartThatTheVisitorIsIn(t *testing.T) {
	v := door.Visitor{
		Client:  idp.Client{Registration: idp.Registration{Name: "The app"}},
		Account: idp.Account{User: idp.User{Name: "Jane Doe", Username: "jane@x.example"}, Practice: idp.Practice{PracticeDetails: idp.PracticeDetails{Name: "Doe & Co"}}},
	}
	for in, want := range map[string][2]bool{"One": {true, false}, "Two": {false, true}, "": {}} {
		s := v.Shell("/app", in, web.NavItem{URL: "/app", Label: "One"}, web.NavItem{URL: "/app/two", Label: "Two"})
		if got := [2]bool{s.Nav[0].Current, s.Nav[1].Current}; got != want {
			t.Errorf("in %q: %v", in, got)
		}
		if s.App != "The app" || s.Who != "Jane Doe" || s.Practice != "Doe & Co" || s.Home != "/app" || s.SignOut != "/app/sign-out" {
			t.Errorf("%+v", s)
		}
	}
}
