package directory_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testenv"
)

// mobile receives text messages, or fails as it is told.
type mobile struct {
	mu    sync.Mutex
	texts []string
	to    []idp.Secret
	fails error
}

// SendSMS remembers the message.
func (m *mobile) SendSMS(_ context.Context, to idp.Secret, text string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails == nil {
		m.texts, m.to = append(m.texts, text), append(m.to, to)
	}
	return m.fails
}

// SecurityCode words a code.
func (m *mobile) SecurityCode(code idp.Secret) string { return "Code " + code.Reveal() }

var sixDigits = regexp.MustCompile(`\d{6}`)

func (m *mobile) code() idp.Secret {
	m.mu.Lock()
	defer m.mu.Unlock()
	return idp.NewSecret(sixDigits.FindString(m.texts[len(m.texts)-1]))
}

// phoned is a town whose people get text messages, under the limits of the sign-in.
func (w *town) phoned() (*services, *mobile) {
	w.t.Helper()
	keys, err := seal.Generate()
	w.must(err)
	sealer, err := seal.New(keys)
	w.must(err)
	redis, err := redisstore.Open(w.t.Context(), redisstore.Embedded, sealer)
	w.must(err)
	w.t.Cleanup(func() { _ = redis.Close() })
	limits, err := redis.SMSLimits(policy.DefaultLimits(), func(idp.LimitName) {})
	w.must(err)
	passwords, err := authenticator.NewPasswords(authenticator.PasswordConfig{Memory: testenv.HashMemory, Wait: time.Minute})
	w.must(err)
	m := &mobile{}
	codes, err := proof.NewCodes(limits, m, m)
	w.must(err)
	service, err := directory.New(directory.Config{Issuer: "APS ID"}, directory.Ports{
		Ledger: ledger{Store: w.store, post: w.post}, Records: w.store, Hasher: passwords, Sealer: sealer, Codes: codes,
		Rates: redis.Rates(policy.DefaultLimits(), func(idp.LimitName) {}), Passkeys: w.party(),
	})
	w.must(err)
	return servicesOf(service), m
}

// shown is the code that an independent implementation shows for the key of a set-up.
func (w *town) shown(key string, at time.Time) idp.Secret {
	w.t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(key, " ", ""), at)
	w.must(err)
	return idp.NewSecret(code)
}

// wrong is a code that is not the one given.
func wrong(code idp.Secret) idp.Secret {
	digits := []byte(code.Reveal())
	digits[0] = '0' + (digits[0]-'0'+5)%10
	return idp.NewSecret(string(digits))
}

func TestAddingAnApp(t *testing.T) { // ABUSE 16, 25, 30
	inTown(t, func(t *testing.T, w *town) {
		s, _ := w.phoned()
		ctx := t.Context()
		begun, err := s.BeginTOTP(ctx, by(tom), w.now)
		w.must(err)
		if again, err := s.ViewSetup(ctx, by(tom), begun.Sealed, w.now); err != nil || again != begun {
			t.Errorf("a reload shows another key: %+v, %v", again, err)
		}
		if len(w.account(tom).Authenticators) != 2 {
			t.Error("what was shown counts already")
		}
		code := w.shown(begun.TOTPKey, w.now)
		_, err = s.ConfirmAuthenticator(ctx, by(tom), begun.Sealed, wrong(code), "", w.now)
		wantField(t, err, "code")
		added, err := s.ConfirmAuthenticator(ctx, by(tom), begun.Sealed, code, "Work phone", w.now)
		w.must(err)
		stored := w.account(tom).Authenticators
		at := slices.IndexFunc(stored, func(a idp.Authenticator) bool { return a.ID == added.ID })
		if len(stored) != 3 || at < 0 || stored[at].LastStep != w.now.Unix()/30 || stored[at].Label != "Work phone" {
			t.Fatalf("stored %+v", stored)
		}
		notices := w.notices
		if len(notices) != 2 || notices[0].Kind != idp.NoticeAuthenticator || notices[0].Email != "tom@example.com" || notices[0].Text != "added" ||
			notices[0].About != "Work phone" || notices[1].Phone.Reveal() != phone || notices[1].Email != "" {
			t.Errorf("notices %+v", notices)
		}
		var left []string
		for _, e := range w.fresh() {
			left = append(left, string(e.Type)+" "+string(e.Result))
			for _, value := range e.Details {
				if strings.Contains(strings.ReplaceAll(begun.TOTPKey, " ", ""), value) || value == code.Reveal() {
					t.Errorf("the trail holds a secret: %v", e.Details)
				}
			}
		}
		slices.Sort(left)
		if !slices.Equal(left, []string{"authenticator.added failure", "authenticator.added success"}) {
			t.Errorf("events %v", left)
		}

		// The same set-up once more, in another tab: it is there, and nothing else happens.
		same, err := s.ConfirmAuthenticator(ctx, by(tom), begun.Sealed, code, "Other", w.now)
		if err != nil || same.ID != added.ID || same.Label != "Work phone" || len(w.fresh()) != 0 || len(w.account(tom).Authenticators) != 3 {
			t.Errorf("confirmed twice: %+v, %v", same, err)
		}
	})
}

// ABUSE 16, 25: a set-up whose authenticator was removed binds nothing any more, not even with its code once more; and no notice says
// that it did.
func TestASetUpIsOverOnceItsAuthenticatorIsRemoved(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		s, _ := w.phoned()
		ctx := t.Context()
		begun, err := s.BeginTOTP(ctx, by(tom), w.now)
		w.must(err)
		code := w.shown(begun.TOTPKey, w.now)
		added, err := s.ConfirmAuthenticator(ctx, by(tom), begun.Sealed, code, "", w.now)
		w.must(err)
		w.must(s.RemoveAuthenticator(ctx, by(tom), added.ID, w.now))
		w.fresh()
		w.notices = nil
		_, err = s.ConfirmAuthenticator(ctx, by(tom), begun.Sealed, code, "", w.now)
		wantCode(t, "a replay after the removal", err, idp.CodeUsed)
		if len(w.account(tom).Authenticators) != 2 || len(w.notices) != 0 {
			t.Errorf("bound %+v, told %+v", w.account(tom).Authenticators, w.notices)
		}
		for _, e := range w.fresh() {
			if e.Result == idp.ResultSuccess {
				t.Errorf("the trail says %+v", e)
			}
		}
	})
}

// ABUSE 25: what was begun belongs to one person, for half an hour.
func TestASetUpIsOfItsPersonAndEnds(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		s, _ := w.phoned()
		begun, err := s.BeginTOTP(t.Context(), by(tom), w.now)
		w.must(err)
		later := w.now.Add(directory.SetupLifetime)
		for name, try := range map[string]func() error{
			"another person": func() error {
				_, err := s.ConfirmAuthenticator(t.Context(), by(uma), begun.Sealed, w.shown(begun.TOTPKey, w.now), "", w.now)
				return err
			},
			"too late": func() error {
				_, err := s.ConfirmAuthenticator(t.Context(), by(tom), begun.Sealed, w.shown(begun.TOTPKey, later), "", later)
				return err
			},
			"made up": func() error {
				_, err := s.ConfirmAuthenticator(t.Context(), by(tom), idp.NewSecret("eyJLaW5kIjoidG90cCJ9"), idp.NewSecret("000000"), "", w.now)
				return err
			},
			"nothing":         func() error { _, err := s.ViewSetup(t.Context(), by(tom), idp.Secret{}, w.now); return err },
			"resend of a key": func() error { return s.ResendSMS(t.Context(), by(tom), begun.Sealed, w.now) },
		} {
			if err := try(); idp.CodeOf(err) != idp.CodeUsed {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.untouchedAuthenticators()
	})
}

func (w *town) untouchedAuthenticators(added ...string) {
	w.t.Helper()
	for name, want := range map[string]int{tom: 2, uma: 0, bob: 0} {
		if slices.Contains(added, name) {
			want++
		}
		if got := len(w.account(name).Authenticators); got != want {
			w.t.Errorf("%s has %d authenticators, not %d", name, got, want)
		}
	}
}

// ABUSE 17: guesses at a set-up count with those of the sign-in, and of any number at once five are evaluated.
func TestGuessesAtASetUpLockTheCode(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		s, _ := w.phoned()
		begun, err := s.BeginTOTP(t.Context(), by(tom), w.now)
		w.must(err)
		w.do(func(ctx context.Context, tx *sqlstore.Tx) error { // one wrong code in a sign-in before
			return tx.UpdateGuard(ctx, "usr_"+tom, idp.ProofCode, func(g idp.Guard) idp.Guard {
				g, _ = policy.Try(g, false, w.now)
				return g
			})
		})
		bad := wrong(w.shown(begun.TOTPKey, w.now))
		var answers sync.Map
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				_, err := s.ConfirmAuthenticator(t.Context(), by(tom), begun.Sealed, bad, "", w.now)
				answers.Store(i, idp.CodeOf(err))
			})
		}
		all.Wait()
		count := map[idp.Code]int{}
		answers.Range(func(_, code any) bool { count[code.(idp.Code)]++; return true })
		if count[idp.CodeInvalid] != policy.MaxFailures-2 || count[idp.CodeBusy] != 12-count[idp.CodeInvalid] {
			t.Errorf("answers %v", count)
		}
		_, err = s.ConfirmAuthenticator(t.Context(), by(tom), begun.Sealed, w.shown(begun.TOTPKey, w.now), "", w.now)
		if idp.CodeOf(err) != idp.CodeBusy {
			t.Errorf("the right code under the lock: %v", err)
		}
		w.untouchedAuthenticators()
	})
}

func TestAddingANumber(t *testing.T) { // ABUSE 27, 28, 30
	inTown(t, func(t *testing.T, w *town) {
		s, m := w.phoned()
		ctx := t.Context()
		for field, typed := range map[string][2]string{"country": {"other", "555 0100"}, "phone": {"AU", "02 9999 9999"}} {
			_, err := s.BeginSMS(ctx, by(tom), typed[0], typed[1], w.now)
			wantField(t, err, field)
		}
		_, err := s.BeginSMS(ctx, by(tom), "AU", "0491 570 156", w.now)
		wantField(t, err, "phone") // bound already
		begun, err := s.BeginSMS(ctx, by(tom), "AU", "0491 570 157", w.now)
		w.must(err)
		sent := m.code()
		if begun.Phone != "••• ••• 157" || m.to[0].Reveal() != "+61491570157" || begun.TOTPLink != "" {
			t.Errorf("begun %+v", begun)
		}
		wantField(t, s.ResendSMS(ctx, by(tom), begun.Sealed, w.now.Add(time.Second)), "code")
		w.must(s.ResendSMS(ctx, by(tom), begun.Sealed, w.now.Add(time.Minute)))
		if m.code() != sent || len(m.texts) != 2 {
			t.Error("sent again, and another code")
		}
		_, err = s.ConfirmAuthenticator(ctx, by(tom), begun.Sealed, wrong(sent), "", w.now)
		wantField(t, err, "code")
		late := w.now.Add(directory.SetupCodeLifetime)
		if _, err := s.ConfirmAuthenticator(ctx, by(tom), begun.Sealed, sent, "", late); idp.CodeOf(err) != idp.CodeUsed {
			t.Errorf("a code of ten minutes ago: %v", err)
		}
		added, err := s.ConfirmAuthenticator(ctx, by(tom), begun.Sealed, sent, "", w.now.Add(time.Minute))
		w.must(err)
		if added.Label != "Mobile ••• 157" || added.Phone.Reveal() != "+61491570157" {
			t.Errorf("added %+v", added)
		}
		for _, n := range w.notices {
			if n.Phone.Reveal() == "+61491570157" {
				t.Error("the new number is told of itself, in place of the old one")
			}
		}
	})
}

func TestAMessageThatDoesNotGoOut(t *testing.T) { // ABUSE 28
	inTown(t, func(t *testing.T, w *town) {
		s, m := w.phoned()
		for _, fails := range []error{idp.ErrInvalid, idp.ErrBusy, idp.ErrUnavailable} {
			m.fails = fails
			_, err := s.BeginSMS(t.Context(), by(tom), "AU", "0491 570 157", w.now)
			wantField(t, err, "phone")
			w.now = w.now.Add(2 * time.Minute)
		}
		for _, e := range w.fresh() {
			if e.Type != idp.EventCodeNotSent || e.Result != idp.ResultFailure || e.Reason == "" || e.UserID != "usr_"+tom {
				t.Errorf("event %+v", e)
			}
		}
	})
}

func TestNobodyHasMoreThanFive(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		s, _ := w.phoned()
		var begun []directory.Setup
		for range 4 { // in four tabs, with two bound already
			next, err := s.BeginTOTP(t.Context(), by(tom), w.now)
			w.must(err)
			begun = append(begun, next)
		}
		for i, next := range begun {
			_, err := s.ConfirmAuthenticator(t.Context(), by(tom), next.Sealed, w.shown(next.TOTPKey, w.now), "", w.now)
			if i < 3 {
				w.must(err)
			} else {
				wantField(t, err, "code")
			}
		}
		_, err := s.BeginTOTP(t.Context(), by(tom), w.now)
		wantField(t, err, "kind")
	})
}
