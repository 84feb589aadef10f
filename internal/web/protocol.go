package web

import "net/http"

// Field is a hidden field of a form.
type Field struct{ Name, Value string }

// FormPost writes the page that carries an answer to the app by POST (OAuth 2.0 Form Post Response Mode). action is the
// app's registered redirect URI.
func (p *Pages) FormPost(w http.ResponseWriter, r *http.Request, action string, fields []Field) {
	p.Render(w, r, http.StatusOK, "form-post", Frame{
		Step: "form-post", Title: "Taking you back to your app", FormTargets: []string{action},
		Body: struct {
			Action string
			Fields []Field
		}{action, fields},
	})
}

// Logout is what the pages about signing out show.
type Logout struct {
	App    string  // the app's name; "" if not known
	AppURI string  // where the app starts a sign-in; "" if it has none
	Action string  // confirm: where the form goes
	Fields []Field // confirm: what it carries
	Target string  // confirm: where the browser may be sent afterwards; "" for nowhere
}

// ConfirmLogout asks whether to sign out (OpenID Connect RP-Initiated Logout, section 2).
func (p *Pages) ConfirmLogout(w http.ResponseWriter, r *http.Request, logout Logout) {
	p.Render(w, r, http.StatusOK, "confirm-logout", Frame{
		Step: "confirm-logout", Title: "Sign out" + of(logout.App) + "?", FormTargets: []string{logout.Target}, Body: logout,
	})
}

// SignedOut says that the person is signed out.
func (p *Pages) SignedOut(w http.ResponseWriter, r *http.Request, logout Logout) {
	p.Render(w, r, http.StatusOK, "signed-out", Frame{Step: "signed-out", Title: "You are signed out" + of(logout.App), Body: logout})
}

func of(app string) string {
	if app == "" {
		return ""
	}
	return " of " + app
}
