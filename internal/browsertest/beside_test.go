package browsertest_test

import (
	"net/url"
	"strings"
	"testing"
)

// scenarioBesideTheWay looks at the pages that a sign-in does not pass through.
func scenarioBesideTheWay(t *testing.T, s *stage) {
	mia := s.user(t, "mia")
	v := s.visit(t, mia)
	v.Open(s.Issuer)
	v.look("start")
	if !strings.Contains(v.Text(), mia.Username) {
		t.Error("the start page does not say whom to sign in as")
	}
	v.Press(timesheets)
	equal(t, "address of the app", strings.TrimSuffix(v.URL(), "/"), s.app(t, timesheets).URL)
	v.look("app")

	enrolTOTP(t, v)
	s.awaitEmail(t, mia.Username, "security code")
	v.Open(s.InboxURL)
	v.look("inbox")
	v.Press("Mia, your sign-in now asks for more than your password")
	v.look("message")

	// An unknown app, or another redirect URI, gets a page here and never a redirect (ABUSE 5).
	for name, change := range map[string]map[string]string{
		"unknown-app":      {"client_id": "nobody"},
		"unknown-redirect": {"redirect_uri": "https://evil.example/"},
	} {
		query := url.Values{
			"client_id": {s.app(t, timesheets).ClientID}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid"},
		}
		for key, value := range change {
			query.Set(key, value)
		}
		v.Open(s.authorizeURL(t) + "?" + query.Encode())
		equal(t, name+": status", v.Status(), 400)
		if !strings.HasPrefix(v.URL(), s.Issuer) {
			t.Errorf("%s led to %s", name, v.URL())
		}
		v.look(name)
	}
	v.Open(s.Issuer + "/nothing/here")
	equal(t, "status of no page", v.Status(), 404)
	v.look("not-found")
	for name, path := range map[string]string{"style": "/demo/style", "api": "/api/docs"} {
		v.Open(s.Issuer + path)
		equal(t, name+": status", v.Status(), 200)
		v.look(name)
	}

	// Logout without a hint asks first (ABUSE 12).
	v.Open(s.endSessionURL(t) + "?client_id=" + s.app(t, timesheets).ClientID)
	v.look("confirm-logout")
	v.signInAgain(timesheets)
	v.signedIn(timesheets, "urn:aps:acr:mfa", "pwd", "otp", "mfa")
	v.Open(s.endSessionURL(t) + "?client_id=" + s.app(t, timesheets).ClientID)
	v.Press("Sign out")
	v.look("signed-out")
}
