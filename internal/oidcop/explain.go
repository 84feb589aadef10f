package oidcop

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
)

// Explanation says what of a request would be refused and why, and what would be done otherwise than its makers may expect.
type Explanation struct {
	Refused []string
	Noted   []string
}

// ExplainAuthorization looks at an authorization request as the endpoint of the issuer would, but names everything at once. It asks no
// store: who signs in, an id_token_hint and the APIs of resource are not looked at.
func ExplainAuthorization(issuer *url.URL, client idp.Client, request *url.URL) (x Explanation) {
	if request.Scheme != issuer.Scheme || request.Host != issuer.Host || request.Path != pathAuthorize {
		x.refuse("The address is not that of the authorization endpoint, %s%s.", issuer, pathAuthorize)
	}
	values, err := bounded(url.ParseQuery(request.RawQuery))
	if err != nil {
		x.refuse("The query can't be read: %s.", err)
		return x
	}
	if client.Disabled {
		x.refuse("The app is disabled.")
	}
	if !client.Kind.ForPeople() {
		x.refuse("People do not sign in to a client of kind %s.", client.Kind)
	}
	if got := values["client_id"]; len(got) != 1 || got[0] != string(client.ID) {
		x.refuse("The client_id must come once, and be %s.", client.ID)
	}
	if got := values["redirect_uri"]; len(got) != 1 || !mayRedirect(client, got[0]) {
		x.refuse("The redirect_uri must come once, and be one of these, letter by letter: %s.", strings.Join(client.RedirectURIs, ", "))
	}
	a := authorization{client: client}
	for _, check := range requestChecks() {
		if err := check(values, &a); err != nil {
			x.refuseAs(err)
		}
	}
	for _, scope := range words(values.Get("scope")) {
		if !mayAsk(client, scope) {
			x.note("The scope %s is not registered for the app, and is ignored.", scope)
		}
	}
	if client.RefreshTokens && !slices.Contains(a.scopes, oidc.ScopeOfflineAccess) {
		x.note("There will be no refresh token: the scope offline_access is not asked for.")
	}
	if values.Get("state") == "" {
		x.note("There is no state: the app can't tell an answer to its own request from another's.")
	}
	return x
}

// ExplainToken looks at a request to the token endpoint in the same way. Whether the secret, the assertion, the code or the refresh
// token is good is not looked at: only the endpoint knows, and says so.
func ExplainToken(client idp.Client, authorization string, form url.Values) (x Explanation) {
	header := http.Header{}
	if authorization != "" {
		header.Set("Authorization", authorization)
	}
	form, err := bounded(form, nil)
	if err != nil {
		x.refuse("The form can't be read: %s.", err)
		return x
	}
	r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: pathToken}, Header: header}
	if problem := checkForm(r, form); problem != nil {
		x.refuseAs(problem)
	}
	name, used := string(clientNamed(r, form)), credentialsOf(r, form).method
	switch {
	case name != string(client.ID):
		x.refuse("The request is not from this client: it names %q.", name)
	case client.Disabled:
		x.refuse("%s", uniform)
		x.note("The client is disabled; the endpoint does not say so.")
	case client.AuthMethod.ByCertificate() && used == idp.AuthNone:
		x.note("The client authenticates by its certificate: whether it is the right one, only the endpoint knows.")
	case !client.AuthMethod.Takes(used):
		x.refuse("%s", mistakeOf(idp.ReasonMethod, client.AuthMethod, used))
	}
	if grant := form.Get("grant_type"); grant != "" {
		if err := checkGrant(client, oidc.GrantType(grant)); err != nil {
			x.refuseAs(err)
		}
	}
	if uri := form.Get("redirect_uri"); uri != "" && !mayRedirect(client, uri) {
		x.refuse("The redirect_uri must be that of the authorization request, and none of the registered ones is this.")
	}
	return x
}

func (x *Explanation) refuse(format string, args ...any) {
	x.Refused = append(x.Refused, fmt.Sprintf(format, args...))
}

func (x *Explanation) note(format string, args ...any) {
	x.Noted = append(x.Noted, fmt.Sprintf(format, args...))
}

func (x *Explanation) refuseAs(err error) {
	var e *oidc.Error
	if errors.As(err, &e) {
		x.refuse("%s: %s", e.ErrorType, e.Description)
	}
}
