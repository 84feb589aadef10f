package server_test

import (
	"net/url"
	"regexp"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testworld"
)

// ABUSE 24, 26: what a stranger asks for on one node is answered by whichever node's worker takes it, and by mail alone; the new
// password does not get around MFA.
func TestForgottenPasswordIsAnsweredByMail(t *testing.T) {
	w := startTwin(t)
	tom := testworld.PersonOf(t, w.Manifest, "tom")
	commands, from := w.second.Directory(), directory.Origin{Address: "203.0.113.9", UserAgent: "Test/1"}
	for _, username := range []string{"nobody@harbourfinch.example", tom.Username} {
		if err := commands.Links.RequestPasswordReset(t.Context(), from, username, w.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	link := regexp.MustCompile(regexp.QuoteMeta(w.Manifest.Issuer) + `/account/link/([A-Za-z0-9_-]{43})`)
	var found []string
	eventually(t, "the mail to Tom", patience, func() bool {
		found = link.FindStringSubmatch(testworld.NewVisitor(t, "").Get(w.Manifest.InboxURL + ".json").Body)
		return found != nil
	})
	eventually(t, "both were answered", patience, func() bool {
		known, unknown := recordedOf(t, w, harbour), recordedOf(t, w, "")
		return known == 1 && unknown == 1
	})
	const password = "granite-window-harbour-4"
	if err := commands.Links.ResetByLink(t.Context(), from, idp.NewSecret(found[1]), idp.NewSecret(password), w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	tom.Password = password
	s := testworld.NewVisitor(t, "")
	p := s.Get(w.Manifest.Apps[0].URL+"/details").On(t, "password")
	s.Post(p.At, url.Values{"username": {tom.Username}, "password": {tom.Password}}).On(t, "totp")
}

// recordedOf counts the requests for a new password that were answered for people of the practice.
func recordedOf(t *testing.T, w twin, practice idp.PracticeID) int {
	t.Helper()
	events, _, err := w.second.Records().SearchEvents(t.Context(), practice, directory.EventQuery{Type: idp.EventPasswordResetSent}, directory.Page{})
	if err != nil {
		t.Fatal(err)
	}
	return len(events)
}
