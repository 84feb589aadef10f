package authenticator_test

import (
	"encoding/base32"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
)

const neverUsed = 0 // the last step of a fresh authenticator

// at is the first second of the step that holds 14:00 on 3 August 2026, UTC.
func at() time.Time { return time.Date(2026, 8, 3, 14, 0, 0, 0, time.UTC) }

func stepOf(now time.Time) int64 { return now.Unix() / 30 }

// oathtool is the independent generator.
func oathtool(t testing.TB, key idp.Secret, now time.Time) idp.Secret {
	t.Helper()
	out, err := exec.Command("oathtool", "--totp", "--base32", "--now", now.UTC().Format("2006-01-02 15:04:05 UTC"), key.Reveal()).Output()
	if err != nil {
		t.Fatalf("oathtool (package oathtool): %v", err)
	}
	return idp.NewSecret(strings.TrimSpace(string(out)))
}

func match(t testing.TB, key, code idp.Secret, now time.Time, last int64) authenticator.Match {
	t.Helper()
	got, err := authenticator.MatchTOTP(key, code, now, last)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestVectorsOfRFC6238(t *testing.T) {
	key := idp.NewSecret(base32.StdEncoding.EncodeToString([]byte("12345678901234567890")))
	for seconds, code := range map[int64]string{ // appendix B, the last six of eight digits
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		got := match(t, key, idp.NewSecret(code), time.Unix(seconds, 0), neverUsed)
		if want := (authenticator.Match{OK: true, Step: seconds / 30}); got != want {
			t.Errorf("second %d: %+v, want %+v", seconds, got, want)
		}
	}
}

func TestCodesOfAnIndependentGenerator(t *testing.T) {
	key := authenticator.NewTOTPKey()
	now := at()
	for offset := -12; offset <= 12; offset++ {
		step := stepOf(now) + int64(offset)
		code := oathtool(t, key, now.Add(time.Duration(offset)*30*time.Second))
		var want authenticator.Match
		switch {
		case offset >= -1 && offset <= 1:
			want = authenticator.Match{OK: true, Step: step}
		case offset >= -10 && offset <= 10: // ABUSE 29: a hint, and no more
			want = authenticator.Match{Drift: offset}
		}
		if diff := cmp.Diff(want, match(t, key, code, now, neverUsed)); diff != "" {
			t.Errorf("%d steps away (-want +got):\n%s", offset, diff)
		}
	}
}

func TestAcceptedCodeIsNeverAcceptedAgain(t *testing.T) { // ABUSE 16
	key, now := authenticator.NewTOTPKey(), at()
	code := oathtool(t, key, now)
	last := match(t, key, code, now, neverUsed).Step
	for seconds := range 400 {
		later := now.Add(time.Duration(seconds) * time.Second)
		want := authenticator.Match{}
		if stepOf(later) <= last+1 { // while it would be in time it is told apart from a wrong one
			want = authenticator.Match{Used: true, Step: last}
		}
		if got := match(t, key, code, later, last); got != want {
			t.Fatalf("%d s later: %+v, want %+v", seconds, got, want)
		}
	}
}

// Only the code that was accepted last is called used. Of an earlier step it is not known that its code was ever accepted.
func TestACodeThatWasNeverUsedIsNotCalledUsed(t *testing.T) { // ABUSE 16
	key, now := authenticator.NewTOTPKey(), at()
	last := stepOf(now)
	for offset := -10; offset <= 10; offset++ {
		if offset == 0 {
			continue
		}
		if got := match(t, key, oathtool(t, key, now.Add(time.Duration(offset)*30*time.Second)), now, last); got.Used {
			t.Errorf("%d steps from the one that was used: %+v", offset, got)
		}
	}
	for _, far := range []time.Duration{-time.Hour, -2 * time.Minute, 2 * time.Minute} { // the step that was used, at another time
		if got := match(t, key, oathtool(t, key, now), now.Add(far), last); got.Used || got.OK {
			t.Errorf("%s later: %+v", far, got)
		}
	}
}

func TestEarlierStepIsNotAcceptedAfterALaterOne(t *testing.T) { // ABUSE 16
	key, now := authenticator.NewTOTPKey(), at()
	before := oathtool(t, key, now.Add(-30*time.Second))
	last := match(t, key, oathtool(t, key, now), now, neverUsed).Step
	if got := match(t, key, before, now, last); got.OK {
		t.Errorf("step T-1 after T: %+v", got)
	}
}

func TestClockThatJumpsBackRevivesNothing(t *testing.T) { // ABUSE 46
	rapid.Check(t, func(rt *rapid.T) {
		key := authenticator.NewTOTPKey()
		now := time.Unix(rapid.Int64Range(0, 1<<34).Draw(rt, "now"), 0)
		last := stepOf(now) + rapid.Int64Range(1, 3).Draw(rt, "used ahead of this clock")
		code := idp.NewSecret(rapid.StringMatching(`[0-9]{6}`).Draw(rt, "code"))
		if got := match(t, key, code, now, last); got.OK {
			rt.Fatalf("a step up to %d is good at %d: %+v", last, stepOf(now), got)
		}
	})
}

func TestTheLaterOfTwoEqualCodesIsUsed(t *testing.T) { // ABUSE 16
	const first = 59061240 // found by search: with this key, it and the next step have the same code
	key := idp.NewSecret(base32.StdEncoding.EncodeToString([]byte("12345678901234567890")))
	code := oathtool(t, key, time.Unix(first*30, 0))
	if next := oathtool(t, key, time.Unix(first*30+30, 0)); !next.Equal(code.Reveal()) {
		t.Fatal("the two steps have different codes")
	}
	got := match(t, key, code, time.Unix(first*30, 0), neverUsed)
	if want := (authenticator.Match{OK: true, Step: first + 1}); got != want {
		t.Fatalf("%+v, want %+v", got, want)
	}
	if again := match(t, key, code, time.Unix(first*30+30, 0), got.Step); again.OK {
		t.Errorf("the same code again: %+v", again)
	}
}

func TestCodeThatAlsoFitsAStepFarOffIsStillRight(t *testing.T) {
	const first = 59061240 // as above: the step after it, two away from this clock, has the same code
	key := idp.NewSecret(base32.StdEncoding.EncodeToString([]byte("12345678901234567890")))
	now := time.Unix(first*30-30, 0)
	got := match(t, key, oathtool(t, key, time.Unix(first*30, 0)), now, neverUsed)
	if want := (authenticator.Match{OK: true, Step: first}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestWhatIsNoCodeNeverMatches(t *testing.T) {
	key, now := authenticator.NewTOTPKey(), at()
	good := oathtool(t, key, now).Reveal()
	for _, text := range []string{"", "0", good[:5], good + "0", " " + good, good + "\x00", strings.Repeat(good, 1000)} {
		if got := match(t, key, idp.NewSecret(text), now, neverUsed); got != (authenticator.Match{}) {
			t.Errorf("%.20q: %+v", text, got)
		}
	}
	if got := match(t, key, idp.NewSecret(good), time.Unix(-3600, 0), neverUsed); got.OK {
		t.Errorf("before 1970: %+v", got)
	}
}

func TestUnreadableKeyIsAnErrorWithoutTheKey(t *testing.T) {
	_, err := authenticator.MatchTOTP(idp.NewSecret("n0t base32!"), idp.NewSecret("123456"), at(), neverUsed)
	if err == nil || strings.Contains(err.Error(), "n0t") {
		t.Errorf("error %v", err)
	}
}

func TestNewTOTPKeyHas160Bits(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		key := authenticator.NewTOTPKey().Reveal()
		raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key)
		if err != nil || len(raw) != 20 || seen[key] {
			t.Fatalf("%d bytes, %v, seen before: %t", len(raw), err, seen[key])
		}
		seen[key] = true
	}
}

func TestGroupKey(t *testing.T) {
	for key, want := range map[string]string{"": "", "ABC": "ABC", "ABCD": "ABCD", "ABCDE": "ABCD E", "ABCDEFGH": "ABCD EFGH"} {
		if got := authenticator.GroupKey(idp.NewSecret(key)); got != want {
			t.Errorf("%q: %q, want %q", key, got, want)
		}
	}
}

func TestTOTPLinkSaysWhatAuthenticatorAppsRead(t *testing.T) {
	key := idp.NewSecret("JBSWY3DPEHPK3PXP")
	got := authenticator.TOTPLink("APS ID", "jane+books@harbour-finch.example", key)
	const want = "otpauth://totp/APS%20ID:jane%2Bbooks%40harbour-finch.example?secret=JBSWY3DPEHPK3PXP&issuer=APS%20ID" +
		"&algorithm=SHA1&digits=6&period=30"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTOTPLinkKeepsHostileNamesInTheirPlace(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		account := rapid.String().Draw(rt, "account")
		link, err := url.Parse(authenticator.TOTPLink("APS ID", account, idp.NewSecret("JBSWY3DPEHPK3PXP")))
		if err != nil {
			rt.Fatal(err)
		}
		query := link.Query()
		if query.Get("secret") != "JBSWY3DPEHPK3PXP" || len(query) != 5 || link.Fragment != "" {
			rt.Fatalf("%q changed the link: %s", account, link)
		}
		if want := "/APS ID:" + strings.ReplaceAll(account, ":", ""); link.Path != want {
			rt.Fatalf("label %q, want %q", link.Path, want)
		}
	})
}

func BenchmarkMatchTOTP(b *testing.B) {
	key, code := authenticator.NewTOTPKey(), idp.NewSecret("123456")
	b.ReportAllocs()
	for b.Loop() {
		match(b, key, code, at(), neverUsed)
	}
}
