package server

import (
	"net/http"

	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/web"
)

// protocolPages adapts the pages of package web to the port of package oidcop.
type protocolPages struct{ *web.Pages }

var _ oidcop.Pages = protocolPages{}

// FormPost implements oidcop.Pages.
func (p protocolPages) FormPost(w http.ResponseWriter, r *http.Request, action string, fields []oidcop.FormField) {
	p.Pages.FormPost(w, r, action, formFields(fields))
}

// ConfirmLogout implements oidcop.Pages.
func (p protocolPages) ConfirmLogout(w http.ResponseWriter, r *http.Request, view oidcop.LogoutView) {
	p.Pages.ConfirmLogout(w, r, logoutOf(view))
}

// SignedOut implements oidcop.Pages.
func (p protocolPages) SignedOut(w http.ResponseWriter, r *http.Request, view oidcop.LogoutView) {
	p.Pages.SignedOut(w, r, logoutOf(view))
}

func logoutOf(view oidcop.LogoutView) web.Logout {
	logout := web.Logout{App: view.App, AppURI: view.AppURI, Action: view.Action, Fields: formFields(view.Fields)}
	for _, field := range view.Fields {
		if field.Name == "post_logout_redirect_uri" { // package oidcop has checked it: where the form leads in the end
			logout.Target = field.Value
		}
	}
	return logout
}

func formFields(fields []oidcop.FormField) []web.Field {
	converted := make([]web.Field, 0, len(fields))
	for _, field := range fields {
		converted = append(converted, web.Field(field))
	}
	return converted
}
