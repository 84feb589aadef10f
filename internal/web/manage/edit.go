package manage

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// editBody is the form with a person's name and email address.
type editBody struct {
	Prove    string // where the visitor confirms who they are, beside this page; "": no need
	Stored   string // what is stored now, if another caller changed it meanwhile; otherwise ""
	Version  int64
	Name     web.Input
	Username web.Input
	Cancel   string
}

// edit shows the form.
func (s *Surface) edit(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	of, err := s.editable(r, v)
	if err != nil {
		return err
	}
	u := of.detail.Account.User
	return s.showEdit(w, r, v, of, url.Values{"name": {u.Name}, "username": {u.Username}}, web.NoProblem())
}

// saveEdit saves it, if no other caller has changed the person since.
func (s *Surface) saveEdit(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	form, err := web.ReadForm(w, r, "version", "name", "username")
	if err != nil {
		return err
	}
	name, username := form.Get("name"), form.Get("username")
	return s.save(w, r, v, form, "edited", directory.UserEdit{Name: &name, Username: &username}, s.showEdit)
}

func (s *Surface) showEdit(w http.ResponseWriter, r *http.Request, v door.Visitor, of subject, form url.Values, p web.Problem) error {
	u := of.detail.Account.User
	f := s.frame(v, inPeople, "edit", "Edit "+people.Name(u))
	f.Shell.Back = of.back()
	f.Alert = p.Alert("name", "username")
	body := editBody{
		Prove: s.kit.Beside(p), Version: u.Version, Name: nameInput(form.Get("name"), p), Username: usernameInput(form.Get("username"), p), Cancel: of.url(),
	}
	body.Username.Hint = "What the person signs in with. A new address is told to the old one."
	if isStale(p) {
		body.Stored = u.Name + ", " + u.Username
	}
	return s.show(w, r, p.Status, "edit", f, body)
}

// accessBody is the form with a person's rights and apps.
type accessBody struct {
	Prove   string // as in editBody
	Stale   bool
	Version int64
	Roles   web.Options
	Apps    web.Options
	Cancel  string
}

// access shows the form.
func (s *Surface) access(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	of, err := s.editable(r, v)
	if err != nil {
		return err
	}
	u := of.detail.Account.User
	var allowed []string
	for _, app := range v.Account.Practice.Apps {
		if !u.IsBlocked(app) {
			allowed = append(allowed, string(app))
		}
	}
	return s.showAccess(w, r, v, of, url.Values{"roles": texts(u.Roles), "apps": allowed}, web.NoProblem())
}

// saveAccess saves it, if no other caller has changed the person since.
func (s *Surface) saveAccess(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	form, err := web.Form{Lines: []string{"version"}, Lists: []string{"roles", "apps"}}.Read(w, r)
	if err != nil {
		return err
	}
	of, err := s.subject(r, v)
	if err != nil {
		return err
	}
	blocked, err := blockedBy(form["apps"], v.Account.Practice, of.detail.Account.User)
	if err != nil {
		return err
	}
	roles := rolesOf(form["roles"])
	return s.save(w, r, v, form, "access", directory.UserEdit{Roles: &roles, BlockedApps: &blocked}, s.showAccess)
}

func (s *Surface) showAccess(w http.ResponseWriter, r *http.Request, v door.Visitor, of subject, form url.Values, p web.Problem) error {
	u := of.detail.Account.User
	apps, err := s.appOptions(r, v, form["apps"])
	if err != nil {
		return err
	}
	p = p.Renamed("blocked_apps", apps.Name)
	apps.Error = p.Of(apps.Name)
	f := s.frame(v, inPeople, "access", "Roles and apps of "+people.Name(u))
	f.Shell.Back = of.back()
	f.Alert = p.Alert("roles", "apps")
	roles := roleOptions(v.Account.User, u, form["roles"])
	roles.Error = p.Of("roles")
	return s.show(w, r, p.Status, "access", f, accessBody{
		Prove: s.kit.Beside(p), Stale: isStale(p), Version: u.Version, Roles: roles, Apps: apps, Cancel: of.url(),
	})
}

// editable returns the subject, if the visitor may edit the person.
func (s *Surface) editable(r *http.Request, v door.Visitor) (subject, error) {
	of, err := s.subject(r, v)
	if err != nil {
		return of, err
	}
	if why := of.detail.May[policy.CommandEditUser]; why != "" {
		return of, &idp.Error{Code: idp.CodeForbidden, Public: why}
	}
	return of, nil
}

// save makes the edit that a form asks for, and shows the form again with any field that has to be corrected.
func (s *Surface) save(w http.ResponseWriter, r *http.Request, v door.Visitor, form url.Values, done string, edit directory.UserEdit,
	again func(http.ResponseWriter, *http.Request, door.Visitor, subject, url.Values, web.Problem) error,
) error {
	l, err := people.ReadListing(r)
	if err != nil {
		return err
	}
	id := idp.UserID(r.PathValue("user"))
	edit.Version, err = strconv.ParseInt(form.Get("version"), 10, 64)
	if err != nil {
		return idp.Invalid("version", "The form is not whole. Go back and open it again.")
	}
	_, err = s.People.UpdateUser(r.Context(), v.Caller, id, edit, v.Now)
	p, err := orProblem(err)
	if err != nil {
		return err
	}
	if p.Text != "" {
		of, err := s.subject(r, v)
		if err != nil {
			return err
		}
		return again(w, r, v, of, form, p)
	}
	return s.kit.Done(w, r, l.At(userPath(id)), done)
}

// isStale reports whether another caller changed what the form is about.
func isStale(p web.Problem) bool { return p.Status == http.StatusConflict && p.Field == "" }

// endSession signs a person out of one app in one browser.
func (s *Surface) endSession(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	l, err := people.ReadListing(r)
	if err != nil {
		return err
	}
	of, err := s.subject(r, v)
	if err != nil {
		return err
	}
	id := idp.SID(r.PathValue("session"))
	if err := s.People.EndSession(r.Context(), v.Caller, id, v.Now); err != nil {
		return err
	}
	return s.kit.Done(w, r, l.At(userPath(of.detail.Account.User.ID)), "signed-out")
}
