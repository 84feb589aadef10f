package account

import (
	"net/http"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// justAdded stands in the address of the page that names a passkey which was just added, after its kind so far.
const justAdded = "new"

// renameBody is the form of a name.
type renameBody struct {
	form
	Label web.Input
	New   bool // it was just added, and may keep the name it has
}

func (s *Surface) rename(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	a, err := s.find(r, v)
	if err != nil {
		return err
	}
	return s.showRename(w, r, v, a, directory.LabelOf(a), web.NoProblem())
}

func (s *Surface) showRename(w http.ResponseWriter, r *http.Request, v door.Visitor, a idp.Authenticator, typed string, problem web.Problem) error {
	f := s.frame(v, inWays, "authenticator-rename", "Change the name")
	f.Shell.Back = &web.Link{URL: authenticatorsPath, Label: waysToSignIn}
	body := renameBody{
		form: form{Problem: problem, Here: authenticatorPath(a.ID, "rename")}, Label: labelField(typed, problem), New: r.URL.Query().Has(justAdded),
	}
	if body.New {
		f.Title = "Give it a name"
	}
	if problem.Text == "" {
		f.Note = s.kit.Note(r)
	}
	return s.showForm(w, r, "rename", f, body, problem, "label")
}

// labelField is filled in already, so that the visitor does not have to think of a name.
func labelField(value string, problem web.Problem) web.Input {
	return web.Input{
		Name: "label", Label: "Name", Hint: "For you to tell them apart, like “Work phone”.", Type: "text",
		Autocomplete: "off", Value: value, Error: problem.Of("label"),
	}
}

func (s *Surface) saveName(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.ReadForm(w, r, "label")
	if err != nil {
		return err
	}
	a, err := s.find(r, v)
	if err != nil {
		return err
	}
	err = s.Account.RenameAuthenticator(r.Context(), v.Caller, a.ID, values.Get("label"), v.Now)
	if problem, ok := problemOf(err, v.Now, v.Zone()); ok {
		return s.showRename(w, r, v, a, values.Get("label"), problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, authenticatorsPath, "renamed")
}

// confirmBody asks the visitor to confirm what is done to an authenticator.
type confirmBody struct {
	form
	Confirm web.Confirm
}

func (s *Surface) askRemove(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	a, err := s.find(r, v)
	if err != nil {
		return err
	}
	return s.showRemove(w, r, v, a, web.NoProblem())
}

func (s *Surface) showRemove(w http.ResponseWriter, r *http.Request, v door.Visitor, a idp.Authenticator, problem web.Problem) error {
	f := s.frame(v, inWays, "authenticator-remove", "Remove “"+directory.LabelOf(a)+"”?")
	f.Shell.Back = &web.Link{URL: authenticatorsPath, Label: waysToSignIn}
	body := confirmBody{form: form{Problem: problem, Here: authenticatorPath(a.ID, "remove")}, Confirm: web.Confirm{
		Consequences: consequences(v, a), Button: "Remove", Danger: true, Cancel: authenticatorsPath,
	}}
	return s.showForm(w, r, "confirm", f, body, problem)
}

// consequences says what removing it means, and in which order to change phones without being locked out.
func consequences(v door.Visitor, a idp.Authenticator) []string {
	first := "Codes of this authenticator app no longer work."
	switch a.Kind {
	case idp.KindSMS:
		first = "We no longer text codes to " + authenticator.MaskPhone(a.Phone) + "."
	case idp.KindPasskey:
		first = "This passkey no longer works here. If your device still offers it, remove it there too."
	}
	all := []string{first, "We tell you by email, and by text to your numbers."}
	if len(v.Account.Authenticators) > 1 {
		return append(all, "New phone? Sign in with the new one first, to be sure that it works, and then remove the old one.")
	}
	return append(all, "It is the only one you have, beside your password.")
}

func (s *Surface) remove(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	a, err := s.find(r, v)
	if err != nil {
		return err
	}
	err = s.Account.RemoveAuthenticator(r.Context(), v.Caller, a.ID, v.Now)
	if problem, ok := problemOf(err, v.Now, v.Zone()); ok {
		return s.showRemove(w, r, v, a, problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, authenticatorsPath, "removed")
}

// find returns the authenticator that the address names; idp.ErrNotFound, and an event, if the visitor has no such authenticator
// (ABUSE 32).
func (s *Surface) find(r *http.Request, v door.Visitor) (idp.Authenticator, error) {
	return s.Account.FindAuthenticator(r.Context(), v.Caller, idp.AuthenticatorID(r.PathValue("authenticator")), v.Now)
}
