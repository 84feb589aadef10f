package signin

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
)

var update = flag.Bool("update", false, "write diagram.md anew from the test table")

// secrets compare by what they hold.
var secrets = cmp.Comparer(func(a, b idp.Secret) bool { return a.Reveal() == b.Reveal() })

func TestEveryWay(t *testing.T) {
	for _, w := range ways() {
		t.Run(string(w.from.State)+"/"+w.name, func(t *testing.T) {
			before := w.from
			got, effects, err := Next(w.from, w.event, begun.Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			if got.State != w.to {
				t.Fatalf("came to %q, want %q", got.State, w.to)
			}
			if diff := cmp.Diff(before, w.from, secrets); diff != "" {
				t.Errorf("Next changed its argument: %s", diff)
			}
			checkEffects(t, w, effects)
		})
	}
}

// checkEffects holds what is true of every transition.
func checkEffects(t *testing.T, w way, effects []Effect) {
	t.Helper()
	gained := w.to == StateDone || w.to == StateEnrolmentCode && reflect.TypeOf(w.event) == reflect.TypeOf(CodeAccepted{}) ||
		reflect.TypeOf(w.event) == reflect.TypeOf(EnrolmentAccepted{}) || w.to == StatePasskeySetup && reflect.TypeOf(w.event) == reflect.TypeOf(CodeAccepted{}) ||
		w.from.State == StatePassword && reflect.TypeOf(w.event) == reflect.TypeOf(PasskeyAlone{}) ||
		w.to == StateNewPassword && reflect.TypeOf(w.event) == reflect.TypeOf(PasskeyAccepted{}) || w.from.State == StatePassword && w.to != StatePassword && reflect.TypeOf(w.event) == reflect.TypeOf(PasswordAccepted{}) ||
		w.to == StateRevoke || w.to == StateRecoveryPIN || (w.to == StateNewPassword || w.to == StateOfferPasskey) && reflect.TypeOf(w.event) == reflect.TypeOf(CodeAccepted{})
	if got := rebinds(effects); got != gained {
		t.Errorf("new cookie %v, authority gained %v", got, gained) // ABUSE 23
	}
	if got := count[StartSession](effects); (got == 1) != (w.to == StateDone) || got > 1 {
		t.Errorf("%d sessions started on the way to %q", got, w.to)
	}
	if _, proof := w.event.(ProofRejected); proof && count[Record](effects) == 0 {
		t.Error("a rejected proof leaves no event")
	}
	switch w.event.(type) {
	case PINAccepted, MFARevoked:
		if count[Notify](effects) != 1 {
			t.Error("the user is not told") // ABUSE 19
		}
	}
}

func count[E Effect](effects []Effect) int {
	n := 0
	for _, e := range effects {
		if _, ok := e.(E); ok {
			n++
		}
	}
	return n
}

// A fact that the table does not know is refused and changes nothing; done and ended take none at all.
func TestEveryOtherWayIsRefused(t *testing.T) { // ABUSE 20
	known := map[string]bool{}
	for _, w := range ways() {
		known[fmt.Sprintf("%s %T", w.from.State, w.event)] = true
	}
	for _, state := range allStates() {
		for _, event := range allEvents() {
			if known[fmt.Sprintf("%s %T", state, event)] {
				if state == StateDone || state == StateEnded {
					t.Errorf("%q is left by %T", state, event)
				}
				continue
			}
			from := at(state)
			got, effects, err := Next(from, event, begun)
			if !errors.Is(err, idp.ErrConflict) || len(effects) != 0 || !cmp.Equal(got, from, secrets) {
				t.Errorf("%q by %T: %v, effects %v, now at %q", state, event, err, effects, got.State)
			}
		}
	}
}

// Whoever has a weak password is asked once in a sign-in, after all proofs, and that is on record; asking is the check of the day.
func TestAWeakPasswordIsAskedAboutOnce(t *testing.T) {
	for _, w := range ways() {
		_, effects, err := Next(w.from, w.event, begun)
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		for _, e := range effects {
			if r, ok := e.(Record); ok && r.Type == idp.EventPasswordWeak {
				told++
			}
		}
		want := 0
		if w.to == StateNewPassword && !w.from.Asked {
			want = 1
		}
		if told != want || count[KeepCheck](effects) != want {
			t.Errorf("%s: recorded %d times, kept %d times, want %d", w.name, told, count[KeepCheck](effects), want)
		}
	}
	fine := accepted(func(e *PasswordAccepted) { e.Checked = true })
	if _, effects, err := Next(at(StatePassword), fine, begun); err != nil || count[KeepCheck](effects) != 1 {
		t.Errorf("a good password: %v, %v", err, effects)
	}
}

// The step is no way round a proof, and it takes nothing from a sign-in that was not asked.
func TestANewPasswordReplacesNoProof(t *testing.T) { // ABUSE 20
	for _, tx := range []Transaction{at(StateNewPassword, withMFA), at(StateNewPassword, func(tx *Transaction) { tx.PasswordAt = time.Time{} })} {
		for _, event := range []Event{PasswordKept{}, PasswordRenewed{PasswordOf: begun}} {
			if next, effects, err := Next(tx, event, begun); err == nil || next.State == StateDone || len(effects) > 0 {
				t.Errorf("%T: %v, came to %q", event, err, next.State)
			}
		}
	}
	for _, w := range []way{
		{name: "no way back", from: at(StateTOTP), event: WentBack{}},
		{name: "no way back from a text", from: at(StateSMS), event: WentBack{}},
		{name: "no authenticator", from: at(StateNewPassword), event: CodeWanted{}},
		{name: "a code was given", from: at(StateNewPassword, withApp, func(tx *Transaction) { tx.SecondAt = begun }), event: CodeWanted{}},
	} {
		if next, effects, err := Next(w.from, w.event, begun); !errors.Is(err, idp.ErrConflict) || len(effects) > 0 || next.State != w.from.State {
			t.Errorf("%s: %v, came to %q", w.name, err, next.State)
		}
	}
}

// A person whose codes are locked can't give one, so they are not asked for what would take one.
func TestLockedCodesAskForNoPassword(t *testing.T) {
	e := accepted(func(e *PasswordAccepted) {
		e.Requirement, e.Using, e.CodeLocked, e.CodeUntil = noMFA, app, true, inFive
		e.Checked, e.Weak = true, policy.PasswordBreached
	})
	if next, effects, err := Next(at(StatePassword), e, begun); err != nil || next.State != StateDone || count[KeepCheck](effects) > 0 {
		t.Errorf("%v, came to %q with %v", err, next.State, effects)
	}
}

func TestNothingHappensAfterTheSigninExpired(t *testing.T) {
	for _, w := range ways() {
		if _, effects, err := Next(w.from, w.event, w.from.ExpiresAt); !errors.Is(err, idp.ErrConflict) || len(effects) > 0 {
			t.Errorf("%s: %v, %v", w.name, err, effects)
		}
	}
}

func TestAnAuthenticatorShownButNotConfirmedIsForgotten(t *testing.T) { // ABUSE 25
	for _, state := range []State{StateTOTPSetup, StateSMSSetup} {
		tx, effects, err := Next(at(state), WentBack{}, begun)
		if err != nil || len(effects) != 0 || !cmp.Equal(tx.Pending, Pending{}, secrets) || tx.Using.ID != "" {
			t.Errorf("back from %q: %v, %v, pending %v", state, err, effects, tx.Pending)
		}
	}
}

func TestWrongCodeKeepsTheKey(t *testing.T) { // ABUSE 25
	from := at(StateTOTPSetup)
	tx, _, err := Next(from, wrong(idp.ProofCode), begun)
	if err != nil || !cmp.Equal(tx.Pending, from.Pending, secrets) {
		t.Fatalf("%v: pending %v", err, tx.Pending)
	}
}

func TestAChallengeDiesWithItsStep(t *testing.T) { // ABUSE 22
	withChallenge := func(tx *Transaction) {
		tx.Challenge = Challenge{Code: idp.NewSecret("123456"), Phone: sms.Phone, Sends: 1}
	}
	for _, w := range []way{
		{from: at(StateSMS, withChallenge), event: CodeAccepted{}},
		{from: at(StateSMSVerify, withChallenge), event: CodeAccepted{}},
		{from: at(StateRevoke, withSMS, withChallenge), event: MFARevoked{}},
		{from: at(StateSMSSetup, withChallenge), event: WentBack{}},
		{from: at(StateSMS, withChallenge), event: last(idp.ProofCode)},
	} {
		tx, _, err := Next(w.from, w.event, begun)
		if err != nil || tx.Challenge.Sends != 0 || !tx.Challenge.Code.IsZero() {
			t.Errorf("%q by %T: %v, challenge %+v", w.from.State, w.event, err, tx.Challenge)
		}
	}
	asked := func(tx *Transaction) { tx.Passkey = passkey.Challenge{Value: "c"} }
	for _, w := range []way{
		{from: at(StatePassword, asked), event: refused(wrong(idp.ProofCode))},
		{from: at(StatePassword, asked), event: aloneBy(func(*PasswordAccepted) {})},
		{from: at(StatePassword, asked), event: accepted(func(*PasswordAccepted) {})},
		{from: at(StatePasskey, asked), event: refused(wrong(idp.ProofCode))},
		{from: at(StatePasskey, asked), event: refused(last(idp.ProofCode))},
		{from: at(StatePasskey, asked), event: PasskeyAccepted{ID: "aut_key"}},
		{from: at(StatePasskeySetup, asked), event: refused(wrong(idp.ProofCode))},
		{from: at(StatePasskeySetup, asked), event: PasskeyMade{ID: "aut_key"}},
		{from: at(StatePasskeySetup, asked), event: WentBack{}},
	} {
		tx, _, err := Next(w.from, w.event, begun)
		if err != nil || tx.Passkey != (passkey.Challenge{}) {
			t.Errorf("%q by %T: %v, the passkey is asked %+v", w.from.State, w.event, err, tx.Passkey)
		}
	}
	if tx, _, err := Next(at(StatePassword, asked), wrong(idp.ProofPassword), begun); err != nil || tx.Passkey.Value != "c" {
		t.Errorf("a wrong password: %v, %+v", err, tx.Passkey) // it answered nothing, and another tab may be about to
	}
}

// Whatever happens in whatever order: done is reached with the assurance that policy asked for and not below, a PIN never
// leads there without a new authenticator, failures only grow, done and ended absorb, and each gain of authority rebinds.
func TestNoPathIsShort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tx := at(StatePassword)
		now := begun
		proved, second, passkeyed, enrolled := false, false, false, false
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			event := drawEvent(t, tx)
			next, effects, err := Next(tx, event, now)
			if err != nil {
				if !cmp.Equal(next, tx, secrets) {
					t.Fatalf("an error changed the transaction")
				}
				continue
			}
			if tx.State == StateDone || tx.State == StateEnded {
				t.Fatalf("%q was left by %T", tx.State, event)
			}
			if next.Failures < tx.Failures {
				t.Fatalf("failures fell from %d to %d", tx.Failures, next.Failures)
			}
			switch e := event.(type) {
			case PasswordAccepted:
				proved = true
			case CodeAccepted:
				second, passkeyed = true, false
			case PasskeyAlone:
				proved, second, passkeyed = true, true, true
			case EnrolmentAccepted:
				enrolled = true
			case PasskeyMade:
				if policy.NeedsEnrolment(next.Requirement) && !enrolled {
					t.Fatalf("a passkey that a rule needs was added without an administrator's code")
				}
				second, passkeyed = true, true
			case PasskeyAccepted:
				second, passkeyed = true, true
			case ProofRejected:
				if next.Failures != tx.Failures+1 {
					t.Fatalf("a rejected %s was not counted", e.Proof)
				}
			case MFARevoked:
				second, passkeyed = false, false
			}
			if next.State == StateDone {
				if !proved || next.Requirement.MFA() && !second || next.Requirement.ACR == idp.ACRPhishingResistant && !passkeyed {
					t.Fatalf("done with password %v, second %v, passkey %v, required %+v", proved, second, passkeyed, next.Requirement)
				}
				checkSession(t, effects, second, passkeyed)
			}
			tx = next
		}
	})
}

func checkSession(t *rapid.T, effects []Effect, second, passkeyed bool) {
	for _, e := range effects {
		started, ok := e.(StartSession)
		if !ok {
			continue
		}
		want := idp.ACRPassword
		if second {
			want = idp.ACRMFA
		}
		if passkeyed {
			want = idp.ACRPhishingResistant
		}
		if started.ACR != want || slices.Contains(started.AMR, idp.AMRMFA) != second {
			t.Fatalf("a session of %s %v, second factor %v", started.ACR, started.AMR, second)
		}
	}
}

func drawEvent(t *rapid.T, tx Transaction) Event {
	if rapid.IntRange(0, 2).Draw(t, "likely") > 0 { // mostly one that the state takes
		var fitting []Event
		for _, w := range ways() {
			if w.from.State == tx.State {
				fitting = append(fitting, w.event)
			}
		}
		if len(fitting) > 0 {
			return rapid.SampledFrom(fitting).Draw(t, "fitting")
		}
	}
	return rapid.SampledFrom(allEvents()).Draw(t, "event")
}

// What Next makes of a wrong password does not depend on whose it was: it is never told.
func TestARejectedPasswordSaysNothingOfTheUser(t *testing.T) { // ABUSE 26
	fields := reflect.TypeOf(ProofRejected{})
	for i := range fields.NumField() {
		switch fields.Field(i).Type {
		case reflect.TypeOf(idp.UserID("")), reflect.TypeOf(idp.User{}), reflect.TypeOf(idp.Account{}):
			t.Errorf("%s tells whose password it was", fields.Field(i).Name)
		}
	}
	for _, event := range []Event{wrong(idp.ProofPassword), last(idp.ProofPassword), locked(idp.ProofPassword)} {
		tx, effects, err := Next(at(StatePassword), event, begun)
		if err != nil || tx.UserID != "" || tx.Practice != "" || rebinds(effects) || count[Notify](effects) > 0 {
			t.Errorf("%+v: %v, user %q, effects %v", event, err, tx.UserID, effects)
		}
	}
}

func TestMFAReasonStaysInTheTrail(t *testing.T) {
	_, effects, err := Next(at(StateTOTP), CodeAccepted{Step: 1}, begun)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range effects {
		if r, ok := e.(Record); ok && r.Type == idp.EventSigninSucceeded && r.Reason != policy.MFAPracticeActivated.Reason() {
			t.Errorf("reason %q", r.Reason)
		}
	}
}

func TestDiagramIsTrue(t *testing.T) {
	want := diagram()
	if *update {
		if err := os.WriteFile("diagram.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("diagram.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("diagram.md is not what the table says: go test ./internal/signin -run Diagram -update")
	}
}

func diagram() string {
	var b strings.Builder
	b.WriteString("# The ways of a sign-in\n\nMade from the test table (`table_test.go`); a test keeps it true.\n\n```mermaid\nstateDiagram-v2\n")
	fmt.Fprintf(&b, "    [*] --> %s\n", node(StatePassword))
	seen := map[string]bool{}
	for _, w := range ways() {
		line := fmt.Sprintf("    %s --> %s: %s\n", node(w.from.State), node(w.to), w.label)
		if w.from.State != w.to && !seen[line] {
			b.WriteString(line)
			seen[line] = true
		}
	}
	fmt.Fprintf(&b, "    %s --> [*]: the code is issued, once\n    %s --> [*]\n```\n\n", node(StateDone), node(StateEnded))
	b.WriteString("| at | fact | to |\n| --- | --- | --- |\n")
	for _, w := range ways() {
		fmt.Fprintf(&b, "| `%s` | %s | `%s` |\n", w.from.State, w.name, w.to)
	}
	return b.String()
}

func node(s State) string { return strings.ReplaceAll(string(s), "-", "_") }
