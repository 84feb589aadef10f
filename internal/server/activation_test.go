package server_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/pkg/apsid"
)

// A practice asks, APS activates: the next sign-in to any app asks for MFA, and what a password alone once opened is not renewed.
func TestActivationIsImmediate(t *testing.T) {
	clock := &clock{}
	_, d, _ := shared(t, clock)
	node, err := d.SecondNode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = node.Close() }()
	aroha, app := userOf(t, d.Manifest, "aroha"), d.Manifest.Apps[1]
	before := newSurfer(t)
	p := before.signIn(before.get(app.URL+"/details"), aroha, clock.now())
	wantClaims(t, p.claims(), map[string]string{"acr": apsid.ACRPassword})

	account, err := node.Records().FindAccountByUsername(t.Context(), aroha.Username)
	if err != nil {
		t.Fatal(err)
	}
	caller := directory.Caller{Actor: idp.Actor{Kind: idp.ActorUser, ID: string(account.User.ID)}}
	asked, err := node.Directory().RequestActivation(t.Context(), caller, account.Practice.ID, "We’re ready.", clock.now())
	if err != nil {
		t.Fatal(err)
	}
	clock.advance(time.Minute)
	if err := node.Directory().AnswerActivation(t.Context(), system, asked.ID, true, "", clock.now()); err != nil {
		t.Fatal(err)
	}
	after := newSurfer(t)
	p = after.get(d.Manifest.Apps[0].URL+"/details").at(t, "password")
	after.post(p, url.Values{"username": {aroha.Username}, "password": {aroha.Password}}).at(t, "choose")
	if p := before.get(app.URL + "/auth/login?return=/details"); p.step == "" {
		t.Errorf("a session of a password alone was renewed: %s", p.url)
	}
}
