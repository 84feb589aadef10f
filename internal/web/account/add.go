package account

import (
	"errors"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// addPath is where another way to sign in is added.
const addPath = authenticatorsPath + "/new"

// chooseBody asks for the kind of authenticator.
type chooseBody struct {
	form
	Passkeys  bool // there are any here
	KindError string
}

func (s *Surface) choose(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.showChoose(w, r, v, web.NoProblem())
}

func (s *Surface) showChoose(w http.ResponseWriter, r *http.Request, v door.Visitor, problem web.Problem) error {
	f := s.addFrame(v, "authenticator-choose", "Add a way to sign in")
	f.Note = s.kit.Note(r)
	body := chooseBody{form: form{Problem: problem, Here: addPath}, Passkeys: s.Account.HasPasskeys(), KindError: problem.Of("kind")}
	return s.showForm(w, r, "choose", f, body, problem, "kind")
}

func (s *Surface) addFrame(v door.Visitor, step, title string) web.Frame {
	f := s.frame(v, inWays, step, title)
	f.Shell.Back = &web.Link{URL: authenticatorsPath, Label: waysToSignIn}
	return f
}

func (s *Surface) chosen(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.ReadForm(w, r, "kind")
	if err != nil {
		return err
	}
	switch idp.Kind(values.Get("kind")) {
	case idp.KindPasskey:
		return seeOther(w, r, passkeyPath)
	case idp.KindTOTP:
		return s.beginApp(w, r, v)
	case idp.KindSMS:
		return seeOther(w, r, addPath+"/sms")
	default:
		problem, _ := web.ProblemOf(idp.Invalid("kind", "Choose what to add."))
		return s.showChoose(w, r, v, problem)
	}
}

func (s *Surface) beginApp(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	setup, err := s.Account.BeginTOTP(r.Context(), v.Caller, v.Now)
	if problem, ok := problemOf(err, v.Now, v.Zone()); ok {
		return s.showChoose(w, r, v, problem)
	}
	if err != nil {
		return err
	}
	s.keep(w, setup, v.Now)
	return seeOther(w, r, addPath+"/totp")
}

// keep stores the set-up that was begun in the browser, so that a reload shows the same key (ABUSE 25).
func (s *Surface) keep(w http.ResponseWriter, setup directory.Setup, now time.Time) {
	s.Cookies.SetSetup(w, setup.Sealed, setup.ExpiresAt.Sub(now))
}

// begun returns the set-up that the browser keeps, if it is of this kind; idp.ErrUsed if there is none to go on with.
func (s *Surface) begun(r *http.Request, v door.Visitor, kind idp.Kind) (directory.Setup, error) {
	sealed, err := s.Cookies.Setup(r)
	if err != nil {
		return directory.Setup{}, err
	}
	setup, err := s.Account.ViewSetup(r.Context(), v.Caller, sealed, v.Now)
	if err == nil && setup.Kind != kind {
		err = idp.ErrUsed
	}
	return setup, err
}

// again leads to the beginning if there is no set-up to go on with; it returns any other error.
func (s *Surface) again(w http.ResponseWriter, r *http.Request, err error) error {
	if errors.Is(err, idp.ErrUsed) {
		return s.kit.Done(w, r, addPath, "over")
	}
	return err
}

// confirm binds the authenticator that was set up. problem is what the form says if that fails.
func (s *Surface) confirm(w http.ResponseWriter, r *http.Request, v door.Visitor, setup directory.Setup, code, label string) (problem web.Problem, bad bool, err error) {
	_, err = s.Account.ConfirmAuthenticator(r.Context(), v.Caller, setup.Sealed, idp.NewSecret(code), label, v.Now)
	if problem, bad := problemOf(err, v.Now, v.Zone()); bad {
		return problem, true, nil
	}
	if err != nil {
		return web.Problem{}, false, s.again(w, r, err)
	}
	s.Cookies.ClearSetup(w)
	return web.Problem{}, false, s.kit.Done(w, r, authenticatorsPath, "added")
}

// codeField is the field for a code of the authenticator that is being added.
func codeField(hint string, problem web.Problem) web.Input {
	return web.Input{
		Name: "code", Label: "Security code", Hint: hint, Type: "text", Inputmode: "numeric", Autocomplete: "one-time-code",
		MaxLength: 9, Code: true, Error: problem.Of("code"),
	}
}
