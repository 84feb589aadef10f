package manage

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// inviteBody is the form that invites a person.
type inviteBody struct {
	Prove    string // as in editBody
	Name     web.Input
	Username web.Input
	Roles    web.Options
	Apps     web.Options
	Cancel   string
}

// invite shows the form.
func (s *Surface) invite(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.showInvite(w, r, v, nil, web.NoProblem())
}

// sendInvite creates the person and sends the invitation.
func (s *Surface) sendInvite(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	form, err := web.Form{Lines: []string{"name", "username"}, Lists: []string{"roles", "apps"}}.Read(w, r)
	if err != nil {
		return err
	}
	l, err := people.ReadListing(r)
	if err != nil {
		return err
	}
	blocked, err := blockedBy(form["apps"], v.Account.Practice, idp.User{})
	if err != nil {
		return err
	}
	user, err := s.People.InviteUser(r.Context(), v.Caller, directory.Invitation{
		PracticeID: v.Account.Practice.ID, Username: form.Get("username"), Name: form.Get("name"),
		Roles: rolesOf(form["roles"]), BlockedApps: blocked,
	}, v.Now)
	p, err := orProblem(err)
	if err != nil {
		return err
	}
	if p.Text != "" {
		return s.showInvite(w, r, v, form, p)
	}
	return s.kit.Done(w, r, l.At(userPath(user.ID)), "invited")
}

// showInvite shows the form with what was typed; form is nil for one that is shown for the first time.
func (s *Surface) showInvite(w http.ResponseWriter, r *http.Request, v door.Visitor, form url.Values, p web.Problem) error {
	l, err := people.ReadListing(r)
	if err != nil {
		return err
	}
	apps := form["apps"]
	if form == nil {
		apps = texts(choosable(v.Account.Practice))
	}
	offered, err := s.appOptions(r, v, apps)
	if err != nil {
		return err
	}
	p = p.Renamed("blocked_apps", offered.Name)
	offered.Error = p.Of(offered.Name)
	f := s.frame(v, inPeople, "invite", "Invite a person")
	f.Shell.Back = &web.Link{URL: l.At(home), Label: "People"}
	f.Alert = p.Alert("name", "username", "roles", "apps")
	roles := roleOptions(v.Account.User, idp.User{}, form["roles"])
	roles.Error = p.Of("roles")
	return s.show(w, r, p.Status, "invite", f, inviteBody{
		Prove: s.kit.Beside(p), Name: nameInput(form.Get("name"), p), Username: usernameInput(form.Get("username"), p),
		Roles: roles, Apps: offered, Cancel: l.At(home),
	})
}

func nameInput(value string, p web.Problem) web.Input {
	return web.Input{Name: "name", Label: "Name", Type: "text", Value: value, Autocomplete: "off", MaxLength: 200, Error: p.Of("name")}
}

func usernameInput(value string, p web.Problem) web.Input {
	return web.Input{
		Name: "username", Label: "Email address", Hint: "What the person signs in with. It must be a mailbox of their own.", Type: "email",
		Inputmode: "email", Value: value, Autocomplete: "off", Error: p.Of("username"),
	}
}

// roleOptions are the rights on offer: those of the visitor, and those that the person has already.
func roleOptions(visitor, person idp.User, chosen []string) web.Options {
	o := web.Options{Name: "roles", Label: "Rights"}
	for _, r := range people.Rights() {
		if !visitor.HasRole(r.Role) && !person.HasRole(r.Role) {
			continue
		}
		o.Options = append(o.Options, web.Option{
			Value: string(r.Role), Label: r.Label, Hint: r.Hint, Chosen: slices.Contains(chosen, string(r.Role)),
		})
	}
	return o
}

// appOptions are the practice's apps; those that the person may use are ticked.
func (s *Surface) appOptions(r *http.Request, v door.Visitor, ticked []string) (web.Options, error) {
	o := web.Options{Name: "apps", Label: "Apps", Hint: "Only ticked apps let this person in."}
	for _, app := range choosable(v.Account.Practice) {
		name, err := s.appName(r.Context(), app)
		if err != nil {
			return o, err
		}
		o.Options = append(o.Options, web.Option{Value: string(app), Label: name, Chosen: slices.Contains(ticked, string(app))})
	}
	return o, nil
}

// choosable are the apps that a person may be kept from. User Management+ is not among them: there is a right for it.
func choosable(practice idp.Practice) []idp.ClientID {
	return slices.DeleteFunc(slices.Clone(practice.Apps), func(app idp.ClientID) bool { return app == idp.AppUserManagement })
}

func rolesOf(values []string) []idp.Role {
	roles := make([]idp.Role, 0, len(values))
	for _, value := range values {
		roles = append(roles, idp.Role(value))
	}
	return roles
}

// blockedBy lists the apps that were not ticked. An app that the form does not offer stays blocked if it was. Errors:
// idp.CodeInvalid if an app was ticked that the form does not offer.
func blockedBy(ticked []string, practice idp.Practice, person idp.User) ([]idp.ClientID, error) {
	offered, blocked := choosable(practice), []idp.ClientID{}
	for _, app := range ticked {
		if !slices.Contains(offered, idp.ClientID(app)) {
			return nil, idp.Invalid("apps", "Your practice does not have one of these apps. Open the form again.")
		}
	}
	for _, app := range offered {
		if !slices.Contains(ticked, string(app)) {
			blocked = append(blocked, app)
		}
	}
	for _, app := range person.BlockedApps {
		if !slices.Contains(offered, app) {
			blocked = append(blocked, app)
		}
	}
	return blocked, nil
}

func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = string(value)
	}
	return all
}
