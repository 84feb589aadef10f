package directory_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// party is the relying party of a town.
func (w *town) party() *passkey.Party {
	w.t.Helper()
	party, err := passkey.New(passkey.Config{ID: "id.example", Name: "APS ID", Origins: []string{"https://id.example"}})
	w.must(err)
	return party
}

// device is a phone with one passkey. Keys that the virtual authenticator writes too short are left out.
type device struct {
	rp   virtualwebauthn.RelyingParty
	auth virtualwebauthn.Authenticator
	cred virtualwebauthn.Credential
}

func newDevice() *device {
	const whole = 77
	d := &device{rp: virtualwebauthn.RelyingParty{ID: "id.example", Name: "APS ID", Origin: "https://id.example"}, auth: virtualwebauthn.NewAuthenticator()}
	d.auth.Aaguid = [16]byte{0x08, 0x98, 0x70, 0x58, 0xca, 0xdc, 0x4b, 0x81, 0xb6, 0xe1, 0x30, 0xde, 0x50, 0xdc, 0xbe, 0x96} // Windows Hello
	for len(d.cred.ID) == 0 || len(d.cred.Key.AttestationData()) != whole {
		d.cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	return d
}

// answer is what the browser says to a request to add a passkey.
func (d *device) answer(t *testing.T, asked string) []byte {
	t.Helper()
	options, err := virtualwebauthn.ParseAttestationOptions(asked)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(virtualwebauthn.CreateAttestationResponse(d.rp, d.auth, d.cred, *options))
}

// at is a person in the session of an app.
func at(name string, app idp.ClientID) directory.Caller {
	caller := by(name)
	caller.SID = sessionOf(name, app)
	return caller
}

func TestAddingAPasskey(t *testing.T) { // ABUSE 16, 25, 30
	inTown(t, func(t *testing.T, w *town) {
		s, _ := w.phoned()
		ctx := t.Context()
		d := newDevice()
		begun, err := s.BeginPasskey(ctx, at(tom, "contacts"), w.now)
		w.must(err)
		if len(w.account(tom).Authenticators) != 2 || len(w.fresh()) != 0 {
			t.Error("what was begun counts already")
		}
		answer := d.answer(t, begun.Asked)
		added, err := s.ConfirmPasskey(ctx, at(tom, "contacts"), begun.Sealed, answer, w.now)
		w.must(err)
		stored := w.account(tom).Authenticators
		i := slices.IndexFunc(stored, func(a idp.Authenticator) bool { return a.ID == added.ID })
		if len(stored) != 3 || i < 0 || stored[i].Kind != idp.KindPasskey || stored[i].Label != "Windows Hello" || stored[i].Passkey.PublicKey.IsZero() {
			t.Fatalf("stored %+v", stored)
		}
		if n := w.notices; len(n) != 2 || n[0].Kind != idp.NoticeAuthenticator || n[0].Method != idp.KindPasskey || n[0].Email != "tom@example.com" ||
			n[0].Text != "added" || n[0].About != "Windows Hello" || n[1].Phone.Reveal() != phone {
			t.Errorf("notices %+v", n)
		}
		left := w.fresh()
		if len(left) != 1 || left[0].Type != idp.EventAuthenticatorAdded || left[0].Result != idp.ResultSuccess || left[0].Details["label"] != "Windows Hello" {
			t.Errorf("events %+v", left)
		}

		// The same answer once more, by a second press: it is there, and nothing else happens.
		same, err := s.ConfirmPasskey(ctx, at(tom, "contacts"), begun.Sealed, answer, w.now)
		if err != nil || same.ID != added.ID || len(w.fresh()) != 0 || len(w.account(tom).Authenticators) != 3 {
			t.Errorf("confirmed twice: %+v, %v", same, err)
		}

		// Another answer to what was answered: it is not said to be added.
		_, err = s.ConfirmPasskey(ctx, at(tom, "contacts"), begun.Sealed, newDevice().answer(t, begun.Asked), w.now)
		wantField(t, err, passkey.Field)
		if left := w.fresh(); len(left) != 1 || left[0].Reason != idp.ReasonPasskeyUsed || len(w.account(tom).Authenticators) != 3 {
			t.Errorf("another answer left %+v", left)
		}

		// The next one: the browser is told which it has, and the name is another. The handle is the same.
		handle := func(asked string) (user struct{ User struct{ ID string } }) {
			w.must(json.Unmarshal([]byte(asked), &user))
			return user
		}
		again, err := s.BeginPasskey(ctx, at(tom, "contacts"), w.now)
		w.must(err)
		if !strings.Contains(again.Asked, string(added.Passkey.Credential)) || handle(again.Asked) != handle(begun.Asked) {
			t.Errorf("asked %s, and before %s", again.Asked, begun.Asked)
		}
		second, err := s.ConfirmPasskey(ctx, at(tom, "contacts"), again.Sealed, newDevice().answer(t, again.Asked), w.now)
		w.must(err)
		if second.Label != "Windows Hello 2" {
			t.Errorf("called %q", second.Label)
		}

		accepted, err := s.AcceptedPasskeys(ctx, by(tom), w.now)
		w.must(err)
		if accepted == nil || string(accepted.UserHandle) != handle(begun.Asked).User.ID || len(accepted.Credentials) != 2 || accepted.RPID != "id.example" {
			t.Errorf("accepted %+v", accepted)
		}
		w.must(s.RemoveAuthenticator(ctx, by(tom), added.ID, w.now))
		accepted, err = s.AcceptedPasskeys(ctx, by(tom), w.now)
		w.must(err)
		if !slices.Equal(accepted.Credentials, []idp.CredentialID{second.Passkey.Credential}) {
			t.Errorf("after a removal: %+v", accepted)
		}
		if none, err := s.AcceptedPasskeys(ctx, by(uma), w.now); none != nil || err != nil {
			t.Errorf("of a person who never had one: %+v, %v", none, err)
		}
	})
}

// Every answer that does not count is answered in one way, leaves one event with the reason, is counted like a wrong code and binds
// nothing.
func TestAnswersThatAddNoPasskey(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		s, _ := w.phoned()
		taken := newDevice()
		begun, err := s.BeginPasskey(t.Context(), at(bob, "contacts"), w.now)
		w.must(err)
		_, err = s.ConfirmPasskey(t.Context(), at(bob, "contacts"), begun.Sealed, taken.answer(t, begun.Asked), w.now)
		w.must(err)
		for name, attack := range map[string]struct {
			device func(*device)
			answer func(*testing.T, *device, directory.Setup) []byte
			caller directory.Caller
			models []string
			why    idp.Reason
		}{
			"another session's challenge": {caller: at(tom, "timesheets"), why: idp.ReasonPasskeyTransaction},
			"another site":                {device: func(d *device) { d.rp.Origin = "https://id.example.evil.test" }, why: idp.ReasonPasskeyOrigin},
			"another relying party":       {device: func(d *device) { d.rp.ID = "evil.test" }, why: idp.ReasonPasskeyRP},
			"one that somebody has":       {device: func(d *device) { *d = *taken }, why: idp.ReasonPasskeyTaken},
			"a model that is not allowed": {models: []string{"fbfc3007-154e-4ecc-8c0b-6e020557d7bd"}, why: idp.ReasonPasskeyModel},
			"an answer to another challenge": {why: idp.ReasonPasskeyChallenge, answer: func(t *testing.T, d *device, _ directory.Setup) []byte {
				other, err := s.BeginPasskey(t.Context(), at(tom, "contacts"), w.now)
				w.must(err)
				return d.answer(t, other.Asked)
			}},
			"a megabyte": {why: idp.ReasonPasskeySize, answer: func(t *testing.T, d *device, begun directory.Setup) []byte {
				return append(d.answer(t, begun.Asked), bytes.Repeat([]byte(" "), 1<<20)...)
			}},
			"a bomb": {why: idp.ReasonPasskeyForm, answer: func(t *testing.T, d *device, begun directory.Setup) []byte {
				var fields map[string]any
				w.must(json.Unmarshal(d.answer(t, begun.Asked), &fields))
				fields["response"].(map[string]any)["attestationObject"] = "mwAAAAB_____" // an array of 2^31 elements that are not there
				bomb, err := json.Marshal(fields)
				w.must(err)
				return bomb
			}},
			"no JSON": {why: idp.ReasonPasskeyForm, answer: func(*testing.T, *device, directory.Setup) []byte { return []byte("null") }},
		} {
			w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
				return tx.UpdateGuard(ctx, "usr_"+tom, idp.ProofCode, func(g idp.Guard) idp.Guard { return idp.Guard{Subject: g.Subject, Proof: g.Proof} })
			})
			d := newDevice()
			if attack.device != nil {
				attack.device(d)
			}
			caller := attack.caller
			if caller.ID == "" {
				caller = at(tom, "contacts")
			}
			begun, err := s.BeginPasskey(t.Context(), at(tom, "contacts"), w.now)
			w.must(err)
			answer := d.answer(t, begun.Asked)
			if attack.answer != nil {
				answer = attack.answer(t, d, begun)
			}
			w.fresh()
			w.setPractice(practiceX, func(p *idp.Practice) { p.PasskeyModels = attack.models })
			_, err = s.ConfirmPasskey(t.Context(), caller, begun.Sealed, answer, w.now)
			var e *idp.Error
			if !errors.As(err, &e) || e.Code != idp.CodeInvalid || e.Field != passkey.Field || e.Public != passkey.TextRefused {
				t.Errorf("%s: %v", name, err)
			}
			left := w.fresh()
			if len(left) != 1 || left[0].Type != idp.EventAuthenticatorAdded || left[0].Result != idp.ResultFailure || left[0].Reason != attack.why {
				t.Errorf("%s: left %+v, want %s", name, left, attack.why)
			}
			if g := w.guard("usr_"+tom, idp.ProofCode); g.Failures != 1 {
				t.Errorf("%s: counted %d", name, g.Failures)
			}

			// What was begun is over with the wrong answer: a right one comes too late.
			_, err = s.ConfirmPasskey(t.Context(), at(tom, "contacts"), begun.Sealed, newDevice().answer(t, begun.Asked), w.now)
			wantField(t, err, passkey.Field)
			if left := w.fresh(); len(left) != 1 || left[0].Reason != idp.ReasonPasskeyUsed {
				t.Errorf("%s, and then a right one: left %+v", name, left)
			}
		}
		w.untouchedAuthenticators(bob)
	})
}

// ABUSE 25: what was begun is of one person, for ten minutes, and of its kind.
func TestAPasskeyThatWasBegunIsOfItsPersonAndEnds(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		s, _ := w.phoned()
		begun, err := s.BeginPasskey(t.Context(), at(tom, "contacts"), w.now)
		w.must(err)
		answer := newDevice().answer(t, begun.Asked)
		app, err := s.BeginTOTP(t.Context(), at(tom, "contacts"), w.now)
		w.must(err)
		for name, try := range map[string]func() error{
			"another person": func() error {
				return only(s.ConfirmPasskey(t.Context(), at(uma, "contacts"), begun.Sealed, answer, w.now))
			},
			"too late": func() error {
				return only(s.ConfirmPasskey(t.Context(), at(tom, "contacts"), begun.Sealed, answer, w.now.Add(passkey.Lifetime)))
			},
			"made up": func() error {
				return only(s.ConfirmPasskey(t.Context(), at(tom, "contacts"), idp.NewSecret("eyJLaW5kIjoidG90cCJ9"), answer, w.now))
			},
			"an app's": func() error {
				return only(s.ConfirmPasskey(t.Context(), at(tom, "contacts"), app.Sealed, answer, w.now))
			},
			"by the code of no key": func() error { // the code of an empty key is known to everybody
				return only(s.ConfirmAuthenticator(t.Context(), at(tom, "contacts"), begun.Sealed, w.shown("", w.now), "", w.now))
			},
		} {
			wantCode(t, name, try(), idp.CodeUsed)
		}
		wantField(t, only(s.ConfirmPasskey(t.Context(), at(tom, "contacts"), begun.Sealed, nil, w.now)), passkey.Field)
		if g := w.guard("usr_"+tom, idp.ProofCode); g.Failures != 0 {
			t.Errorf("a form without an answer counted: %+v", g)
		}
		w.untouchedAuthenticators()
		w.must(only(s.ConfirmPasskey(t.Context(), at(tom, "contacts"), begun.Sealed, answer, w.now)))
	})
}

// ABUSE 16: of many presses at once, one binds; two people who add one passkey at once: one has it.
func TestAPasskeyIsAddedOnce(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		s, _ := w.phoned()
		d := newDevice()
		answers := make([]error, 4)
		var all sync.WaitGroup
		for i, who := range []string{tom, tom, uma, bob} {
			caller := at(who, "contacts")
			begun, err := s.BeginPasskey(t.Context(), caller, w.now)
			w.must(err)
			answer := d.answer(t, begun.Asked)
			all.Go(func() { answers[i] = only(s.ConfirmPasskey(t.Context(), caller, begun.Sealed, answer, w.now)) })
		}
		all.Wait()
		bound := 0
		for _, err := range answers {
			if err == nil {
				bound++
				continue
			}
			wantField(t, err, passkey.Field)
		}
		kept := len(w.account(tom).Authenticators) + len(w.account(uma).Authenticators) + len(w.account(bob).Authenticators)
		if bound != 1 || kept != 3 {
			t.Errorf("%d bound, %d kept", bound, kept)
		}
	})
}

// ABUSE 17: wrong answers lock as wrong codes do, and a right one opens nothing then.
func TestWrongPasskeysLock(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		s, _ := w.phoned()
		try := func(answer []byte) error {
			begun, err := s.BeginPasskey(t.Context(), at(tom, "contacts"), w.now)
			w.must(err)
			if answer == nil {
				answer = newDevice().answer(t, begun.Asked)
			}
			return only(s.ConfirmPasskey(t.Context(), at(tom, "contacts"), begun.Sealed, answer, w.now))
		}
		for range policy.MaxFailures {
			_ = try([]byte("{}"))
		}
		wantCode(t, "the right one under the lock", try(nil), idp.CodeBusy)
		w.untouchedAuthenticators()
		w.now = w.now.Add(policy.LockDuration(idp.ProofCode, 1) + time.Second)
		w.must(try(nil))
	})
}

// Where the issuer has no name there are no passkeys, and nothing of them.
func TestWithoutAPartyThereAreNoPasskeys(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		_, err := w.BeginPasskey(t.Context(), by(tom), w.now)
		wantCode(t, "begin", err, idp.CodeNotFound)
		_, err = w.ConfirmPasskey(t.Context(), by(tom), idp.Secret{}, []byte("{}"), w.now)
		wantCode(t, "confirm", err, idp.CodeNotFound)
		accepted, err := w.AcceptedPasskeys(t.Context(), by(tom), w.now)
		if accepted != nil || err != nil || w.HasPasskeys() {
			t.Errorf("accepted %+v, %v", accepted, err)
		}
	})
}

// Adding a passkey needs fresh proofs, when it begins and when it ends.
func TestStaleProofsAddNoPasskey(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		s, _ := w.phoned()
		begun, err := s.BeginPasskey(t.Context(), at(tom, "contacts"), w.now)
		w.must(err)
		answer := newDevice().answer(t, begun.Asked)
		for name, proved := range map[string]policy.Proved{
			"too long ago": {ACR: idp.ACRMFA, At: w.now.Add(-policy.Freshness - time.Second)}, "a password alone": {ACR: idp.ACRPassword, At: w.now}, "nothing": {},
		} {
			caller := at(tom, "contacts")
			caller.Proved = proved
			_, begins := s.BeginPasskey(t.Context(), caller, w.now)
			_, ends := s.ConfirmPasskey(t.Context(), caller, begun.Sealed, answer, w.now)
			for _, err := range []error{begins, ends} {
				var stale *policy.StaleProofError
				if !errors.As(err, &stale) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		w.untouchedAuthenticators()
	})
}
