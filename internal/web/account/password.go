package account

import (
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// passwordBody is the form of a new password.
type passwordBody struct {
	form
	Username     string
	Current, New web.Input
}

func (s *Surface) password(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.showPassword(w, r, v, web.NoProblem())
}

func (s *Surface) showPassword(w http.ResponseWriter, r *http.Request, v door.Visitor, problem web.Problem) error {
	f := s.frame(v, inOverview, "password-change", "Change your password")
	f.Shell.Back = &web.Link{URL: home, Label: "Your account"}
	current := web.Input{
		Name: "current_password", Label: "Current password", Type: "password", Autocomplete: "current-password", Reveal: "current password",
		Error: problem.Of("current_password"), Autofocus: problem.Text == "",
	}
	body := passwordBody{
		form: form{Problem: problem, Here: home + "/password"}, Username: v.Account.User.Username, Current: current, New: web.NewPassword(problem.Of("new_password"), false),
	}
	return s.showForm(w, r, "password", f, body, problem, "current_password", "new_password")
}

func (s *Surface) changePassword(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.ReadForm(w, r, "current_password", "new_password")
	if err != nil {
		return err
	}
	current, chosen := idp.NewSecret(values.Get("current_password")), idp.NewSecret(values.Get("new_password"))
	var none, noneChosen error
	if current.IsZero() {
		none = idp.Invalid("current_password", "Enter your current password.")
	}
	if chosen.IsZero() {
		noneChosen = missingPassword()
	}
	if err = idp.AllInvalid(none, noneChosen); err == nil {
		err = s.Account.ChangePassword(r.Context(), v.Caller, directory.NewPassword{Current: current, New: chosen}, v.Now)
	}
	if problem, ok := problemOf(err, v.Now, v.Zone()); ok {
		return s.showPassword(w, r, v, problem)
	}
	if err != nil {
		return err
	}
	s.recognise(w, r, v.Account.User.Username, v.Now)
	s.Cookies.ClearSession(w, v.Client.ID)
	return seeOther(w, r, donePath("password"))
}

func missingPassword() error { return idp.Invalid("new_password", web.MissingPassword) }

// changePasswordHere is where password managers find the form (W3C, A Well-Known URL for Changing Passwords).
func (s *Surface) changePasswordHere(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, home+"/password", http.StatusFound)
	return nil
}
