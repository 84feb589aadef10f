package account

import (
	"net/http"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// pinBody is the form of a new recovery PIN.
type pinBody struct {
	form
	Replaces     bool
	None         bool // there is no way to get codes, which a PIN could stand in for
	PIN, Confirm web.Input
}

// pin shows the form. A person who followed the offer to create a PIN may have created it on the way here: a sign-in with a code
// asks for one.
func (s *Surface) pin(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	if r.URL.Query().Has("first") && v.Account.PIN != nil {
		return s.kit.Done(w, r, home, "pin")
	}
	return s.showPIN(w, r, v, web.NoProblem())
}

func (s *Surface) showPIN(w http.ResponseWriter, r *http.Request, v door.Visitor, problem web.Problem) error {
	title := "Create a recovery PIN"
	if v.Account.PIN != nil {
		title = "Change your recovery PIN"
	}
	f := s.frame(v, inWays, "pin-change", title)
	f.Shell.Back = &web.Link{URL: authenticatorsPath, Label: waysToSignIn}
	body := pinBody{
		form: form{Problem: problem, Here: home + "/pin"}, Replaces: v.Account.PIN != nil, None: len(v.Account.Authenticators) == 0,
		PIN:     web.PINField("pin", "Recovery PIN", "PIN", problem.Of("pin")),
		Confirm: web.PINField("pin_confirm", "Enter the PIN again", "PIN you entered again", problem.Of("pin_confirm")),
	}
	body.PIN.Describes = []string{"pin-rules"}
	return s.showForm(w, r, "pin", f, body, problem, "pin", "pin_confirm")
}

func (s *Surface) savePIN(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.ReadForm(w, r, "pin", "pin_confirm")
	if err != nil {
		return err
	}
	err = s.Account.ChangePIN(r.Context(), v.Caller, idp.NewSecret(values.Get("pin")), idp.NewSecret(values.Get("pin_confirm")), v.Now)
	if problem, ok := problemOf(err, v.Now, v.Zone()); ok {
		return s.showPIN(w, r, v, problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, home, "pin")
}
