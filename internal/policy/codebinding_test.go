package policy_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

func TestWhatTiesACodeToItsSignin(t *testing.T) { // ABUSE 4
	const (
		nothing, nonce, challenge, both = 1, 2, 4, 8
		always                          = nothing | nonce | challenge | both
		either                          = nonce | challenge | both
		pkce                            = challenge | both
	)
	app := func(kind idp.ClientKind, method idp.AuthMethod, required, optional bool) idp.Registration {
		return idp.Registration{Kind: kind, AuthMethod: method, PKCERequired: required, PKCEOptional: optional}
	}
	for name, c := range map[string]struct {
		app    idp.Registration
		enough int
	}{
		"an app with a secret":                      {app(idp.ClientWeb, idp.AuthSecret, false, false), either},
		"one that pins the header":                  {app(idp.ClientWeb, idp.AuthBasic, false, false), either},
		"one that pins the form":                    {app(idp.ClientWeb, idp.AuthPost, false, false), either},
		"one with a key":                            {app(idp.ClientWeb, idp.AuthKey, false, false), either},
		"one that must send PKCE":                   {app(idp.ClientWeb, idp.AuthSecret, true, false), pkce},
		"one that can do neither":                   {app(idp.ClientWeb, idp.AuthSecret, false, true), always},
		"one that must and need not":                {app(idp.ClientWeb, idp.AuthSecret, true, true), pkce},
		"one with a server that keeps no secret":    {app(idp.ClientWeb, idp.AuthNone, false, true), pkce},
		"one on a device":                           {app(idp.ClientNative, idp.AuthNone, false, false), pkce},
		"one on a device that says it need not":     {app(idp.ClientNative, idp.AuthNone, false, true), pkce},
		"one on a device with a secret":             {app(idp.ClientNative, idp.AuthSecret, false, true), pkce},
		"one in a page":                             {app(idp.ClientBrowser, idp.AuthNone, false, false), pkce},
		"one in a page that says it need not":       {app(idp.ClientBrowser, idp.AuthNone, false, true), pkce},
		"a kind that nobody has thought of":         {app("watch", idp.AuthSecret, false, true), pkce},
		"a way of authentication nobody thought of": {app(idp.ClientWeb, "tls", false, true), pkce},
		"an integration, at which nobody signs in":  {app(idp.ClientMachine, idp.AuthSecret, false, true), pkce},
		"a registration that was never filled in":   {idp.Registration{}, pkce},
	} {
		binding := policy.BindingOf(c.app)
		for sent, request := range map[int][2]string{nothing: {"", ""}, nonce: {"", "n"}, challenge: {"c", ""}, both: {"c", "n"}} {
			if got, want := binding.Met(request[0], request[1]), c.enough&sent != 0; got != want {
				t.Errorf("%s, sending challenge %q and nonce %q: %t, want %t", name, request[0], request[1], got, want)
			}
		}
	}
	if policy.CodeBinding("").Met("", "n") {
		t.Error("a binding that was never decided is met without a challenge")
	}
}

func TestWhichAppsSignInWithoutPKCE(t *testing.T) {
	now := time.Date(2026, 8, 31, 9, 30, 0, 0, time.UTC)
	month := 30 * 24 * time.Hour
	for name, c := range map[string]struct {
		app  idp.Client
		want bool
	}{
		"never":               {idp.Client{}, false},
		"this hour":           {idp.Client{NoPKCEAt: now.Truncate(time.Hour)}, true},
		"by a clock ahead":    {idp.Client{NoPKCEAt: now.Add(time.Hour)}, true},
		"almost 30 days ago":  {idp.Client{NoPKCEAt: now.Add(time.Second - month)}, true},
		"30 days ago":         {idp.Client{NoPKCEAt: now.Add(-month)}, false},
		"and disabled since":  {idp.Client{NoPKCEAt: now, Disabled: true}, false},
		"used, but with PKCE": {idp.Client{LastUsedAt: now}, false},
	} {
		if got := policy.SignsInWithoutPKCE(c.app, now); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
