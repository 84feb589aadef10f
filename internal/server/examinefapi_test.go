package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
)

func TestTheDoctorSaysWhoIsNotReadyForFAPI2(t *testing.T) {
	given, register := registry(t)
	const check = "apps and FAPI 2.0"
	day := func(days int) time.Time { return time.Now().Add(time.Duration(days)*24*time.Hour + time.Hour) }
	ready := func(c *idp.Client) { c.AuthMethod, c.IDTokenAlg, c.PublicKeys = idp.AuthKey, "ES256", "{}" }
	register("careless", time.Time{})
	register("ready", time.Time{}, ready, func(c *idp.Client) { c.FAPI2From = day(-1) })
	register("gone", time.Time{}, func(c *idp.Client) { c.FAPI2From, c.Disabled = day(-1), true })
	if text := said(findingsOf(t, given, check)); text != "ok " {
		t.Errorf("everybody is ready: %q", text)
	}
	register("soon", time.Time{}, func(c *idp.Client) { c.FAPI2From = day(31) })
	found := findingsOf(t, given, check)
	if len(found) != 1 || found[0].State != server.Note || !strings.Contains(found[0].Text, "soon (from ") || !strings.Contains(found[0].Text, "31 days left: auth_method must be private_key_jwt") {
		t.Errorf("got %+v", found)
	}
	register("night", time.Time{}, func(c *idp.Client) { c.Kind, c.RedirectURIs, c.FAPI2From = idp.ClientMachine, nil, day(31) })
	if text := findingsOf(t, given, check)[0].Text; !strings.Contains(text, "night (from ") {
		t.Errorf("an integration: %q", text)
	}
	register("late", time.Time{}, ready, func(c *idp.Client) { c.FAPI2From, c.PKCEOptional = day(-2), true })
	found = findingsOf(t, given, check)
	if len(found) != 2 || found[0].State != server.Fail || !strings.Contains(found[0].Text, "late (since ") || !strings.Contains(found[0].Mend, "--require-fapi2 none") {
		t.Errorf("got %+v", found)
	}
}
