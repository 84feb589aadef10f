package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// ABUSE 60: with cookies blocked, every way in ends on a page that says what to allow, after a few steps.
func TestABrowserWithoutCookiesIsSentRoundNoLoop(t *testing.T) {
	d, _ := start(t, testworld.Config(t), &testenv.Clock{})
	for _, entrance := range []string{
		d.Manifest.Apps[0].URL + "/auth/login", d.Manifest.Apps[2].URL + "/auth/login", d.Manifest.Issuer + "/manage", d.Manifest.Issuer + "/account",
		d.Manifest.Issuer + "/support",
	} {
		v := testworld.NewVisitor(t, d.Manifest.Issuer)
		v.Client.Jar = nil
		p := v.Get(entrance)
		if p.Status != http.StatusBadRequest || !strings.Contains(p.Body, "Your browser keeps no cookies") {
			t.Errorf("%s ends at %s with %d", entrance, p.At, p.Status)
		}
	}
}
