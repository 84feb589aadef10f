package account

import (
	"net/http"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

const passkeyPath = addPath + "/passkey"

// passkeyBody asks the browser for a passkey.
type passkeyBody struct {
	form
	Asked string // what a script asks the browser, in JSON
	Setup string // sealed: what the answer is checked against
	Back  string
}

func (s *Surface) setUpPasskey(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.showPasskey(w, r, v, web.NoProblem())
}

// showPasskey begins anew each time: what was begun can be answered once. It stands in the page rather than in a cookie, so that two tabs
// are not in each other's way.
func (s *Surface) showPasskey(w http.ResponseWriter, r *http.Request, v door.Visitor, problem web.Problem) error {
	begun, err := s.Account.BeginPasskey(r.Context(), v.Caller, v.Now)
	if problem, ok := problemOf(err, v.Now, v.Zone()); ok {
		return s.showChoose(w, r, v, problem)
	}
	if err != nil {
		return err
	}
	body := passkeyBody{form: form{Problem: problem, Here: passkeyPath}, Asked: begun.Asked, Setup: begun.Sealed.Reveal(), Back: addPath}
	return s.showForm(w, r, "passkey", s.addFrame(v, "authenticator-passkey", "Add a passkey"), body, problem)
}

// confirmPasskey binds the passkey, and leads to the page where it gets a name.
func (s *Surface) confirmPasskey(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.ReadForm(w, r, "setup", passkey.Field)
	if err != nil {
		return err
	}
	sealed, answer := idp.NewSecret(values.Get("setup")), []byte(values.Get(passkey.Field))
	added, err := s.Account.ConfirmPasskey(r.Context(), v.Caller, sealed, answer, nil, v.Now)
	if problem, bad := problemOf(err, v.Now, v.Zone()); bad {
		return s.showPasskey(w, r, v, problem)
	}
	if err != nil {
		return s.again(w, r, err)
	}
	return s.kit.Done(w, r, authenticatorPath(added.ID, "rename")+"?"+justAdded, "added")
}
