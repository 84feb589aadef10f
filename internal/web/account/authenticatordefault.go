package account

import (
	"net/http"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// askDefault asks the visitor to confirm which way sign-ins ask for first.
func (s *Surface) askDefault(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	a, err := s.find(r, v)
	if err != nil {
		return err
	}
	return s.showDefault(w, r, v, a, web.NoProblem())
}

func (s *Surface) showDefault(w http.ResponseWriter, r *http.Request, v door.Visitor, a idp.Authenticator, problem web.Problem) error {
	f := s.frame(v, inWays, "authenticator-default", "Make “"+directory.LabelOf(a)+"” the default?")
	f.Shell.Back = &web.Link{URL: authenticatorsPath, Label: waysToSignIn}
	first := "Sign-ins ask for a code of your authenticator app first."
	switch a.Kind {
	case idp.KindSMS:
		first = "Sign-ins text a code to " + authenticator.MaskPhone(a.Phone) + " first."
	case idp.KindPasskey:
		first = "Sign-ins ask for your passkey first."
	}
	body := confirmBody{form: form{Problem: problem, Here: authenticatorPath(a.ID, "default")}, Confirm: web.Confirm{
		Consequences: []string{first, "Your other ways stay: choose “Use another way” there."}, Button: "Make default", Cancel: authenticatorsPath,
	}}
	return s.showForm(w, r, "confirm", f, body, problem)
}

func (s *Surface) makeDefault(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	a, err := s.find(r, v)
	if err != nil {
		return err
	}
	err = s.Account.MakeDefault(r.Context(), v.Caller, a.ID, v.Now)
	if problem, ok := problemOf(err, v.Now, v.Zone()); ok {
		return s.showDefault(w, r, v, a, problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, authenticatorsPath, "default")
}
