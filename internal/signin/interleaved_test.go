package signin_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// interleavings is how many a run tries; APSID_TEST_INTERLEAVINGS sets another number, and APSID_TEST_SEED repeats a run.
const interleavings = 1000

// ABUSE 48: whatever is changed at whichever moment of a sign-in, of the redemption of its code, and of a refresh, no session is alive
// at the end that the state at the end would not give for the same proofs; a session that was alive when its rights were taken has
// ended for good, its refresh tokens with it, and its app is told.
//
// A moment is each call by which a sign-in reads or writes: what happens inside of a transaction is the database's to keep apart, and
// TestInterleavedAtOnce tries that.
func TestInterleavedSignIns(t *testing.T) {
	seed := numberOf(t, "APSID_TEST_SEED", rand.Uint64())
	count := int(numberOf(t, "APSID_TEST_INTERLEAVINGS", interleavings))
	s := newStage(t, storetest.SQLite(t))
	granted, ended := 0, 0
	for n := range count {
		random := rand.New(rand.NewPCG(seed, uint64(n)))
		run := s.newRun(random)
		run.play()
		if fault := run.judge(); fault != "" {
			t.Fatalf("seed %d, interleaving %d: %s\n%s", seed, n, fault, run.story())
		}
		granted, ended = granted+run.alive, ended+run.dead
	}
	t.Logf("seed %d: %d interleavings, %d ended with a live session, %d with one that had ended", seed, count, granted, ended)
	if granted < count/10 || ended < count/20 {
		t.Errorf("too few of either kind to mean anything")
	}
}

func numberOf(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// stage is a house with the commands that take rights away, and an app that is told when its sessions end.
type stage struct {
	*house
	directory *directory.Directory
	sessions  *session.Service
	hash, pin idp.Secret
	weakHash  idp.Secret // of a password that would be refused today
	people    int
	moment    func(what string) // called at each moment of the sign-in that runs
}

const (
	thePIN       = "739418"
	weakPassword = "passwordpassword"
)

func newStage(t testing.TB, url string) *stage {
	t.Helper()
	s := &stage{house: newHouseOn(t, url), moment: func(string) {}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	s.Service = s.nodeOn(watchedTransactions{s.redis.Transactions(), s}, watchedLedger{ledger{s.sql}, s})
	s.Accounts = watchedAccounts{s.sql, s}
	s.directory, err = directory.New(directory.Config{}, directory.Ports{
		Ledger: directoryLedger{s.sql}, Records: s.sql, Hasher: s.passwords, Sealer: s.sealer,
	})
	must(err)
	s.sessions, err = session.New(session.Ports{
		Sessions: s.sql, Tokens: s.sql, Clients: s.sql, Activity: s.redis.Activity(), Log: slog.New(slog.DiscardHandler),
	})
	must(err)
	s.hash, err = s.passwords.Hash(context.Background(), authenticator.Claim{}, idp.NewSecret(password))
	must(err)
	s.weakHash, err = s.passwords.Hash(context.Background(), authenticator.Claim{}, idp.NewSecret(weakPassword))
	must(err)
	s.pin, err = s.passwords.HashPIN(context.Background(), authenticator.Claim{}, idp.NewSecret(thePIN))
	must(err)
	s.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		client, err := tx.FindClient(ctx, "timesheets")
		if err != nil {
			return err
		}
		client.BackchannelLogoutURI, client.RefreshTokens, client.Access = "https://timesheets.example/out", true, idp.AccessPractice
		return tx.UpdateClient(ctx, client)
	})
	return s
}

type directoryLedger struct{ *sqlstore.Store }

func (l directoryLedger) Commit(ctx context.Context, fn func(directory.Unit) error) error {
	return l.InTx(ctx, func(tx *sqlstore.Tx) error { return fn(tx) })
}

// The ports of the sign-in, with a moment at each side of a call.
type watchedTransactions struct {
	signin.Transactions
	stage *stage
}

func (w watchedTransactions) Update(ctx context.Context, tx signin.Transaction) error {
	w.stage.moment("before the step is saved")
	return w.Transactions.Update(ctx, tx)
}

func (w watchedTransactions) Consume(ctx context.Context, id string) (signin.Transaction, error) {
	w.stage.moment("before the sign-in is finished")
	return w.Transactions.Consume(ctx, id)
}

type watchedLedger struct {
	signin.Ledger
	stage *stage
}

func (w watchedLedger) Commit(ctx context.Context, fn func(signin.Unit) error) error {
	w.stage.moment("before a step is committed")
	return w.Ledger.Commit(ctx, fn)
}

type watchedAccounts struct {
	signin.Accounts
	stage *stage
}

func (w watchedAccounts) FindAccountByUsername(ctx context.Context, username string) (idp.Account, error) {
	w.stage.moment("before the password's account is read")
	account, err := w.Accounts.FindAccountByUsername(ctx, username)
	w.stage.moment("while the password is hashed")
	return account, err
}

func (w watchedAccounts) FindAccount(ctx context.Context, id idp.UserID) (idp.Account, error) {
	account, err := w.Accounts.FindAccount(ctx, id)
	w.stage.moment("after the account was read for a step")
	return account, err
}

// way is how a run signs in.
type way int

const (
	byPassword way = iota // MFA is off
	byCode                // with an authenticator app
	byPIN                 // the device is lost: PIN, Revoke MFA, set up again
	byEnrolment
	byRenewal // MFA is off, and another password is chosen instead of a weak one
	ways
)

// change is one thing that is done to the person, the practice or the app meanwhile.
type change struct {
	name string
	do   func(*run) error
	ends bool // it ends the person's sessions at the app
}

// run is one sign-in with what is done meanwhile.
type run struct {
	*stage
	random   *rand.Rand
	way      way
	user     idp.UserID
	practice idp.PracticeID
	name     string
	schedule map[int]change
	at       int
	log      []string

	passwordOf time.Time // of the password that a session has to rest on
	mfaFrom    time.Time // when MFA was activated while no session was there
	doomed     bool      // a change ended a session that was alive
	removed    bool      // the authenticator was removed, or MFA was reset, before there was a session
	pinStolen  bool      // the PIN was changed after it had been typed, before Revoke MFA
	pins       int       // how often the PIN was changed
	typed      bool      // the PIN has been typed, and MFA was not revoked with it yet
	revoking   bool      // the step that revokes MFA is on its way
	weak       bool      // a session of a password alone was confirmed although MFA was active
	tokens     []idp.Secret
	logouts    int
	alive      int
	dead       int
}

// newRun makes a person in a practice of their own, and draws what is done and when.
func (s *stage) newRun(random *rand.Rand) *run {
	s.people++
	r := &run{
		stage: s, random: random, way: way(random.IntN(int(ways))), schedule: map[int]change{},
		user: idp.UserID(fmt.Sprintf("usr_run%d", s.people)), practice: idp.PracticeID(fmt.Sprintf("prc_run%d", s.people)),
		name: fmt.Sprintf("run%d@example.com", s.people), logouts: len(s.notices.logouts),
	}
	if random.IntN(3) > 0 { // the way that is used most, and is over soonest
		r.way = byPassword
	}
	moments := []int{12, 22, 45, 30, 20}[r.way]
	hash := r.hash
	if r.way == byRenewal {
		hash = r.weakHash
	}
	r.passwordOf = r.now.Add(-time.Hour)
	for range 1 + random.IntN(3) {
		r.schedule[random.IntN(moments)] = changes()[random.IntN(len(changes()))]
	}
	r.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		mfa := idp.MFAActive
		if r.way == byPassword || r.way == byRenewal {
			mfa = idp.MFAOff
		}
		err := tx.CreatePractice(ctx, idp.Practice{
			ID: r.practice, Kind: idp.PracticeCustomer, State: idp.PracticeActive, MFA: mfa, Apps: []idp.ClientID{"timesheets"}, CreatedAt: r.now, UpdatedAt: r.now,
			PracticeDetails: idp.PracticeDetails{Name: "Run", Region: idp.RegionAU, TimeZone: "Australia/Sydney"},
		})
		if err != nil {
			return err
		}
		err = tx.CreateUser(ctx, idp.User{
			ID: r.user, PracticeID: r.practice, Username: r.name, Name: "Run", State: idp.UserActive, PasswordHash: hash,
			PasswordChangedAt: r.passwordOf, CreatedAt: r.now, UpdatedAt: r.now,
		})
		if err != nil || r.way == byPassword || r.way == byEnrolment || r.way == byRenewal {
			return err
		}
		err = tx.CreateAuthenticator(ctx, idp.Authenticator{
			ID: r.authenticator(), UserID: r.user, PracticeID: r.practice, Kind: idp.KindTOTP, TOTPKey: idp.NewSecret(totpKey), CreatedAt: r.now, LastUsedAt: r.now,
		})
		if err != nil {
			return err
		}
		return tx.SavePIN(ctx, idp.RecoveryPIN{PracticeID: r.practice, UserID: r.user, Hash: r.pin, CreatedAt: r.now.Add(-time.Hour)})
	})
	return r
}

func (r *run) authenticator() idp.AuthenticatorID {
	return idp.AuthenticatorID("aut_" + string(r.user))
}

// system gives commands as the command line of the server does.
func system() directory.Caller {
	return directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: "test"}}
}

func changes() []change {
	return []change{
		{"the owner resets the password", func(r *run) error {
			return r.byLink(idp.LinkPasswordReset, func(token idp.Secret) error {
				return r.directory.Links.ResetByLink(context.Background(), directory.Origin{}, token, idp.NewSecret("another-harbour-lantern-42"), r.now)
			})
		}, true},
		{"an administrator disables the person", func(r *run) error {
			return r.directory.People.DisableUser(context.Background(), system(), r.user, r.now)
		}, true},
		{"an administrator enables the person", func(r *run) error {
			return r.directory.People.EnableUser(context.Background(), system(), r.user, r.now)
		}, false},
		{"APS suspends the practice", func(r *run) error {
			return r.directory.Practices.SuspendPractice(context.Background(), system(), r.practice, r.now)
		}, true},
		{"APS resumes the practice", func(r *run) error {
			return r.directory.Practices.ResumePractice(context.Background(), system(), r.practice, r.now)
		}, false},
		{"the owner freezes the account", func(r *run) error {
			return r.byLink(idp.LinkNotMe, func(token idp.Secret) error {
				return r.directory.Links.FreezeByLink(context.Background(), directory.Origin{}, token, r.now)
			})
		}, true},
		{"MFA is activated", (*run).activateMFA, false},
		{"the owner changes the PIN", func(r *run) error {
			r.pins++
			r.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
				return tx.SavePIN(ctx, idp.RecoveryPIN{
					PracticeID: r.practice, UserID: r.user, Hash: r.pin, CreatedAt: r.now.Add(time.Duration(r.pins) * time.Minute),
				})
			})
			r.pinStolen = r.pinStolen || r.typed
			return nil
		}, false},
		{"the authenticator is removed", func(r *run) error {
			return r.withdraw(func() error {
				return r.sql.InTx(context.Background(), func(tx *sqlstore.Tx) error {
					return tx.RemoveAuthenticator(context.Background(), r.practice, r.user, r.authenticator())
				})
			})
		}, false},
		{"an administrator resets MFA", func(r *run) error {
			return r.withdraw(func() error {
				return r.directory.People.ResetMFA(context.Background(), system(), r.user, "lost", r.now)
			})
		}, true},
		{"the app is blocked for the person", func(r *run) error {
			return r.edit(func(u idp.User, e *directory.UserEdit) bool {
				e.BlockedApps = &[]idp.ClientID{"timesheets"}
				return !u.IsBlocked("timesheets")
			})
		}, true},
		{"a role is given", func(r *run) error {
			return r.edit(func(u idp.User, e *directory.UserEdit) bool {
				e.Roles = &[]idp.Role{idp.RoleUserManagement}
				return !u.HasRole(idp.RoleUserManagement)
			})
		}, true},
		{"the app is taken from the practice", func(r *run) error {
			return r.directory.Practices.RemoveApp(context.Background(), system(), r.practice, "timesheets", r.now)
		}, true},
	}
}

// withdraw takes authenticators away. A sign-in that has begun with one must not end in a session by it.
func (r *run) withdraw(take func() error) error {
	before, err := r.sql.FindAccount(context.Background(), r.user)
	if err != nil {
		return err
	}
	none := r.session().ID == ""
	err = take()
	if errors.Is(err, idp.ErrNotFound) { // it was taken away before
		return nil
	}
	r.removed = r.removed || none && len(before.Authenticators) > 0
	return err
}

// errNothing is the error of a change that finds nothing to change.
var errNothing = errors.New("there is nothing to change")

func (r *run) edit(change func(idp.User, *directory.UserEdit) bool) error {
	account, err := r.sql.FindAccount(context.Background(), r.user)
	if err != nil {
		return err
	}
	edit := directory.UserEdit{Version: account.User.Version}
	if !change(account.User, &edit) {
		return errNothing
	}
	_, err = r.directory.People.UpdateUser(context.Background(), system(), r.user, edit, r.now)
	return err
}

func (r *run) activateMFA() error {
	return r.sql.InTx(context.Background(), func(tx *sqlstore.Tx) error {
		practice, err := tx.FindPractice(context.Background(), r.practice)
		if err != nil {
			return err
		}
		practice.MFA = idp.MFAActive
		if r.session().ID == "" && r.mfaFrom.IsZero() {
			r.mfaFrom = r.now
		}
		return tx.UpdatePractice(context.Background(), practice)
	})
}

// byLink makes a link in the person's mailbox and uses it. One that can't be used changes nothing.
func (r *run) byLink(purpose idp.LinkPurpose, use func(idp.Secret) error) error {
	token := idp.RandomSecret(32)
	r.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.CreateLink(ctx, idp.Link{
			Hash: token.Hash(), Purpose: purpose, PracticeID: r.practice, UserID: r.user, CreatedAt: r.now, ExpiresAt: r.now.Add(time.Hour),
		})
	})
	err := use(token)
	if errors.Is(err, idp.ErrUsed) || errors.Is(err, idp.ErrNotFound) {
		return nil
	}
	return err
}

// session is the person's session at the app, ended or not; zero if there is none yet.
func (r *run) session() idp.Session {
	all, _, err := r.sql.ListSessions(context.Background(), r.practice, r.user, sqlstore.Page{Limit: 10})
	if err != nil || len(all) > 1 {
		r.t.Fatalf("sessions of one sign-in: %d, %v", len(all), err)
	}
	if len(all) == 0 {
		return idp.Session{}
	}
	return all[0]
}

// pass is a moment at which a change may come.
func (r *run) pass(what string) {
	if r.revoking && what == "before the step is saved" { // it is committed: a PIN that is changed from now on comes after it
		r.typed, r.revoking = false, false
	}
	r.now = r.now.Add(time.Millisecond) // two changes are never at the same time
	change, found := r.schedule[r.at]
	r.at++
	if !found {
		return
	}
	r.log = append(r.log, fmt.Sprintf("%2d %s: %s", r.at, what, change.name))
	before := r.session()
	err := change.do(r)
	if errors.Is(err, errNothing) || errors.Is(err, idp.ErrForbidden) || errors.Is(err, idp.ErrInvalid) { // an earlier change is in its way
		return
	}
	if err != nil {
		r.t.Fatalf("%s: %v\n%s", change.name, err, r.story())
	}
	if change.ends && before.ID != "" && before.EndedAt.IsZero() {
		r.doomed = true
	}
}

func (r *run) story() string { return fmt.Sprintf("way %d\n%s", r.way, joined(r.log)) }

func joined(lines []string) (text string) {
	for _, line := range lines {
		text += line + "\n"
	}
	return text
}

// play signs in, redeems the code, and refreshes twice, as far as that goes.
func (r *run) play() {
	r.moment = r.pass
	defer func() { r.moment = func(string) {} }()
	b := r.open("timesheets")
	if !r.steps(b) {
		return
	}
	done, err := r.Finish(context.Background(), b.browser, r.now)
	if r.stopped("finish", err) {
		return
	}
	r.redeem(done.Session)
}

// steps takes the steps of the sign-in; false if it did not come to its end.
func (r *run) steps(b *tab) bool {
	post := func(form signin.Form, want signin.State) bool {
		out, err := b.try(form)
		if r.stopped("a form", err) {
			return false
		}
		if out.Problem != nil || out.State != want {
			r.log = append(r.log, fmt.Sprintf("   came to %s, not %s (%v)", out.State, want, out.Problem))
			return false
		}
		return true
	}
	first := map[way]signin.State{byPassword: signin.StateDone, byCode: signin.StateTOTP, byPIN: signin.StateTOTP, byEnrolment: signin.StateChoose, byRenewal: signin.StateNewPassword}[r.way]
	text := password
	if r.way == byRenewal {
		text = weakPassword
	}
	if !post(signin.Form{Username: r.name, Password: idp.NewSecret(text)}, first) {
		return false
	}
	switch r.way {
	case byCode:
		return post(signin.Form{Code: codeOf(r.t, totpKey, r.now)}, signin.StateDone)
	case byPIN:
		if !post(signin.Form{Action: signin.ActionLostDevice}, signin.StateRecover) || !post(signin.Form{PIN: idp.NewSecret(thePIN)}, signin.StateRevoke) {
			return false
		}
		r.typed = true
		r.moment("after the PIN was accepted")
		r.revoking = true
		if !post(signin.Form{}, signin.StateChoose) {
			return false
		}
		r.removed = false // what was bound before is gone anyway
		return r.enrol(b, post)
	case byEnrolment:
		return r.enrol(b, post)
	case byRenewal:
		r.moment("while the page of a new password is open")
		if r.random.IntN(4) == 0 {
			return post(notNow(), signin.StateDone)
		}
		r.passwordOf = r.now.Truncate(time.Microsecond)
		return post(chosen(better), signin.StateDone)
	default:
		return true
	}
}

func (r *run) enrol(b *tab, post func(signin.Form, signin.State) bool) bool {
	if !post(signin.Form{Kind: idp.KindTOTP}, signin.StateTOTPSetup) {
		return false
	}
	view, err := b.node.View(context.Background(), b.browser, r.now)
	if r.stopped("the key", err) {
		return false
	}
	if !post(signin.Form{Code: codeOf(r.t, view.TOTPKey, r.now)}, signin.StateRecoveryPIN) {
		return false
	}
	chosen := idp.NewSecret("580263")
	return post(signin.Form{PIN: chosen, PINConfirm: chosen}, signin.StateDone)
}

func codeOf(t testing.TB, key string, now time.Time) idp.Secret {
	t.Helper()
	plain := slices.DeleteFunc([]byte(key), func(b byte) bool { return b == ' ' })
	code, err := totp.GenerateCode(string(plain), now)
	if err != nil {
		t.Fatal(err)
	}
	return idp.NewSecret(code)
}

// stopped reports whether the sign-in can't go on, which is what a change may well cause.
func (r *run) stopped(what string, err error) bool {
	var restarted *signin.Restarted
	if err != nil && !errors.As(err, &restarted) && !errors.Is(err, idp.ErrNotFound) {
		r.t.Fatalf("%s: %v\n%s", what, err, r.story())
	}
	if err != nil {
		r.log = append(r.log, "   "+what+": "+err.Error())
	}
	return err != nil
}

// redeem does what the token endpoint does with a code, and then with two refresh tokens.
func (r *run) redeem(started idp.Session) {
	ctx := context.Background()
	for range 3 {
		client, err := r.sql.FindClient(ctx, "timesheets")
		if err != nil {
			r.t.Fatal(err)
		}
		r.moment("before the session is looked at")
		alive, err := r.sessions.Check(ctx, started.ID, client, r.now)
		if r.stopped("check", err) {
			return
		}
		r.moment("before the session is confirmed")
		if r.stopped("confirm", r.sessions.Confirm(ctx, alive, client, r.now)) {
			return
		}
		r.weak = r.weak || alive.Practice.MFA == idp.MFAActive && alive.Session.ACR != idp.ACRMFA
		r.moment("before a token is stored")
		token := idp.RandomSecret(32)
		next := idp.RefreshToken{
			Hash: token.Hash(), SID: started.ID, ClientID: client.ID, UserID: r.user, AuthTime: r.now, CreatedAt: r.now, ExpiresAt: r.now.Add(time.Hour),
		}
		if len(r.tokens) == 0 {
			var kept bool
			if _, kept, err = r.sql.SpendFor(ctx, "code "+next.Hash, r.now.Add(time.Minute), next); err == nil && !kept {
				err = idp.ErrNotFound
			}
		} else {
			// The last token, or for a second time the one before it, as an app does whose answer was lost.
			old := r.tokens[max(len(r.tokens)-1-r.random.IntN(2), 0)]
			_, err = r.sql.RotateRefreshToken(ctx, old.Hash(), next, time.Hour, r.now)
		}
		if r.stopped("token", err) {
			return
		}
		r.tokens = append(r.tokens, token)
	}
	r.moment("at the end")
}

// judge compares the session with what the state at the end would give. "" is no fault.
func (r *run) judge() string {
	ctx := context.Background()
	s := r.session()
	switch {
	case r.weak:
		return "tokens for a session of a password alone, after MFA was activated"
	case s.ID == "":
		return ""
	}
	account, err := r.sql.FindAccount(ctx, r.user)
	if err != nil {
		r.t.Fatal(err)
	}
	client, err := r.sql.FindClient(ctx, "timesheets")
	if err != nil {
		r.t.Fatal(err)
	}
	if !s.EndedAt.IsZero() {
		r.dead++
		for _, token := range r.tokens {
			if _, _, err := r.sql.FindRefreshTokenHolder(ctx, token.Hash()); !errors.Is(err, idp.ErrNotFound) {
				return fmt.Sprintf("a refresh token outlives its session: %v", err)
			}
		}
		told := r.notices.logouts[r.logouts:]
		if len(told) != 1 || told[0].SID != s.ID {
			return fmt.Sprintf("the app was told %d times of the end of its session", len(told))
		}
		return ""
	}
	r.alive++
	switch {
	case r.doomed:
		return "a session survived the change that takes its rights away"
	case policy.MayEnter(account.User, account.Practice, client) != policy.AccessGranted:
		return "a session of a person who may not enter: " + string(policy.MayEnter(account.User, account.Practice, client))
	case !account.User.PasswordChangedAt.Equal(r.passwordOf):
		return "a session by a password that is not the account's any more"
	case !r.mfaFrom.IsZero() && s.ACR != idp.ACRMFA:
		return "a session of a password alone, started after MFA was activated"
	case r.removed && r.way != byPassword && r.way != byRenewal:
		return "a session by an authenticator that had been removed"
	case r.pinStolen:
		return "a session by a recovery PIN that had been changed"
	}
	return ""
}
