package policy_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

func TestMailsAreBounded(t *testing.T) { // ABUSE 26
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	g := idp.Guard{Subject: "mail-to:tom@example.com", Proof: idp.ProofPassword}
	for i, c := range []struct {
		after time.Duration
		want  bool
	}{
		{0, true}, {time.Minute, true}, {2 * time.Minute, true}, {3 * time.Minute, false},
		{-time.Hour, false},                // a clock that is set back
		{policy.MailWindow - 1, false},     // from the first on, not from the last
		{policy.MailWindow, true},          // the next window
		{policy.MailWindow + 1, true},      //
		{policy.MailWindow + 2, true},      //
		{2*policy.MailWindow - 1, false},   //
		{2 * policy.MailWindow, true},      //
		{-30 * 24 * time.Hour, true},       // the second of this window
		{-30 * 24 * time.Hour, true},       // the third
		{-29 * 24 * time.Hour, false},      // and no more
		{3*policy.MailWindow - 1, false},   //
		{300 * policy.MailWindow, true},    //
		{300*policy.MailWindow + 1, true},  //
		{300*policy.MailWindow + 2, true},  //
		{300*policy.MailWindow + 3, false}, //
	} {
		var got bool
		g, got = policy.TakeMail(g, policy.MailsPerName, start.Add(c.after))
		if got != c.want || g.Locked {
			t.Fatalf("ask %d, after %s: %v, want %v (%+v)", i, c.after, got, c.want, g)
		}
	}
}

func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.9": "203.0.113.9", "::ffff:203.0.113.9": "203.0.113.9", "2001:db8:1:2:3::4": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64", "": "", "nowhere": "nowhere",
	} {
		if got := policy.Network(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
