package server_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
	"github.com/apscloud/apsid/pkg/apsid"
)

// A practice asks, APS activates: the next sign-in to any app asks for MFA, and what a password alone once opened is not renewed.
func TestActivationIsImmediate(t *testing.T) {
	clock := &testenv.Clock{}
	_, d, _ := shared(t, clock)
	node, err := secondNode(t, d)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = node.Close() }()
	aroha, app := testworld.PersonOf(t, d.Manifest, "aroha"), d.Manifest.Apps[1]
	before := testworld.NewVisitor(t, "")
	p := before.SignIn(before.Get(app.URL+"/details"), aroha, clock)
	wantClaims(t, p.Claims(), map[string]string{"acr": apsid.ACRPassword})

	account, err := node.Records().FindAccountByUsername(t.Context(), aroha.Username)
	if err != nil {
		t.Fatal(err)
	}
	caller := directory.Caller{Actor: idp.Actor{Kind: idp.ActorUser, ID: string(account.User.ID)}, Proved: testworld.Fresh()}
	asked, err := node.Directory().Practices.RequestActivation(t.Context(), caller, account.Practice.ID, "We’re ready.", clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Minute)
	if err := node.Directory().Practices.AnswerActivation(t.Context(), system, asked.ID, true, "", clock.Now()); err != nil {
		t.Fatal(err)
	}
	after := testworld.NewVisitor(t, "")
	p = after.Get(d.Manifest.Apps[0].URL+"/details").On(t, "password")
	after.Post(p.At, url.Values{"username": {aroha.Username}, "password": {aroha.Password}}).On(t, "choose")
	if p := before.Get(app.URL + "/auth/login?return=/details"); p.Step == "" {
		t.Errorf("a session of a password alone was renewed: %s", p.At)
	}
}
