package signin_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"regexp"
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
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
)

// house is the service on real stores (SQLite and the embedded Redis), with two practices and a clock of its own.
type house struct {
	*signin.Service
	t         testing.TB
	sql       *sqlstore.Store
	redis     *redisstore.Store
	limits    *redisstore.SMSLimits
	bounds    idp.Limits
	passwords *authenticator.Passwords
	checks    signin.PasswordChecks
	judge     func() error // called before a password is judged; nil: nothing happens
	sealer    *seal.Sealer
	phone     *phone
	notices   *notices
	now       time.Time
}

const password = "correct-horse-harbour"

// ledger adapts the store's transaction to the port.
type ledger struct{ *sqlstore.Store }

func (l ledger) Commit(ctx context.Context, fn func(signin.Unit) error) error {
	return l.InTx(ctx, func(tx *sqlstore.Tx) error { return fn(tx) })
}

// ownLedger does the same for package directory.
type ownLedger struct{ *sqlstore.Store }

func (l ownLedger) Commit(ctx context.Context, fn func(directory.Unit) error) error {
	return l.InTx(ctx, func(tx *sqlstore.Tx) error { return fn(tx) })
}

// ownPasswords is package directory as the server gives it to the service.
type ownPasswords struct {
	account *directory.Account
	house   *house
}

func (o ownPasswords) Judge(ctx context.Context, password idp.Secret, account idp.Account, now time.Time) (policy.PasswordProblem, error) {
	if o.house.judge != nil {
		if err := o.house.judge(); err != nil {
			return policy.PasswordFine, err
		}
	}
	return o.account.JudgePassword(ctx, password, account, now)
}

func (o ownPasswords) Renew(ctx context.Context, r signin.Renewal, now time.Time) (time.Time, error) {
	caller := directory.Caller{Actor: idp.Actor{Kind: idp.ActorUser, ID: string(r.UserID)}, Address: r.Address, UserAgent: r.UserAgent, Proved: r.Proved}
	return o.account.RenewPassword(ctx, caller, r.Of, r.New, now)
}

// notices is an outbox that remembers.
type notices struct {
	sync.Mutex
	queued  []idp.Notice
	logouts []idp.Logout
}

func (n *notices) EnqueueLogouts(_ context.Context, _ *sql.Tx, logouts []idp.Logout) error {
	n.Lock()
	defer n.Unlock()
	n.logouts = append(n.logouts, logouts...)
	return nil
}

func (n *notices) Enqueue(_ context.Context, _ *sql.Tx, notice idp.Notice) error {
	n.Lock()
	defer n.Unlock()
	n.queued = append(n.queued, notice)
	return nil
}

func (n *notices) of(kind idp.NoticeKind) []idp.Notice {
	n.Lock()
	defer n.Unlock()
	var found []idp.Notice
	for _, notice := range n.queued {
		if notice.Kind == kind {
			found = append(found, notice)
		}
	}
	return found
}

// phone receives text messages, or fails as it is told.
type phone struct {
	sync.Mutex
	texts []string
	fail  error
}

func (p *phone) SendSMS(_ context.Context, _ idp.Secret, text string) error {
	p.Lock()
	defer p.Unlock()
	if p.fail != nil {
		return p.fail
	}
	p.texts = append(p.texts, text)
	return nil
}

func (p *phone) SecurityCode(code idp.Secret) string { return code.Reveal() + " is your code" }

var sixDigits = regexp.MustCompile(`\d{6}`)

func (p *phone) code(t testing.TB) idp.Secret {
	t.Helper()
	p.Lock()
	defer p.Unlock()
	if len(p.texts) == 0 {
		t.Fatal("no text message came")
	}
	return idp.NewSecret(sixDigits.FindString(p.texts[len(p.texts)-1]))
}

func newHouse(t testing.TB) *house {
	t.Helper()
	return newHouseOn(t, storetest.SQLite(t))
}

// newHouseOn is newHouse on the database of the URL.
func newHouseOn(t testing.TB, url string) *house {
	t.Helper()
	return newHouseWith(t, url, redisstore.Embedded, "")
}

// newHouseWith is newHouse on these stores, and with the list of stolen passwords in the file; "" is none.
func newHouseWith(t testing.TB, url, redis, breached string) *house {
	t.Helper()
	ctx := context.Background()
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(keys)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, bounds: unlimited(), sealer: sealer, phone: &phone{}, notices: &notices{}, now: time.Now().UTC().Truncate(time.Second)}
	h.sql, err = sqlstore.Open(ctx, url, sealer, h.notices, sqlstore.Options{Limit: time.Minute}) // a crowded machine is no fault
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.sql.Close() })
	h.redis, err = redisstore.Open(ctx, redis, sealer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.redis.Close() })
	h.checks = h.redis.Checks()
	h.limits, err = h.redis.SMSLimits(policy.DefaultLimits(), func(idp.LimitName) {})
	if err != nil {
		t.Fatal(err)
	}
	h.passwords, err = authenticator.NewPasswords(authenticator.PasswordConfig{
		Memory: testenv.HashMemory, Listed: authenticator.Listed{Path: breached, Failed: func(err error) { t.Error(err) }},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Service = h.node()
	h.seed()
	return h
}

// node is one more instance of the service on the same stores.
func (h *house) node() *signin.Service { return h.nodeOn(h.redis.Transactions(), ledger{h.sql}) }

func (h *house) nodeOn(transactions signin.Transactions, ledger signin.Ledger) *signin.Service {
	h.t.Helper()
	codes, err := proof.NewCodes(h.limits, h.phone, h.phone)
	if err != nil {
		h.t.Fatal(err)
	}
	own, err := directory.New(directory.Config{}, directory.Ports{
		Ledger: ownLedger{h.sql}, Records: h.sql, Hasher: h.passwords, Sealer: h.sealer, Codes: codes, Rates: h.redis.Rates(h.bounds, func(idp.LimitName) {}),
	})
	if err != nil {
		h.t.Fatal(err)
	}
	service, err := signin.New(signin.Config{Issuer: "APS ID", TimeZone: "Australia/Sydney"}, signin.Ports{
		Transactions: transactions, Accounts: h.sql, Passkeys: h.sql, Clients: h.sql, Sessions: h.sql, Ledger: ledger, Passwords: h.passwords, Sealer: h.sealer,
		OwnPasswords: ownPasswords{own.Account, h}, Checks: h.checks,
		Codes: codes, Rates: h.rates(), Strangers: h.redis, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return service
}

// rates are the limits that hold unless an operator sets others; the test of them lowers one.
func (h *house) rates() signin.Rates {
	return h.redis.Rates(h.bounds, func(idp.LimitName) {})
}

const totpKey = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// seed makes a practice with MFA (never@, app@, sms@, disabled@), one without (free@), one that is suspended (suspended@).
func (h *house) seed() {
	h.t.Helper()
	hash, err := h.passwords.Hash(context.Background(), authenticator.Claim{}, idp.NewSecret(password))
	if err != nil {
		h.t.Fatal(err)
	}
	pin, err := h.passwords.HashPIN(context.Background(), authenticator.Claim{}, idp.NewSecret("739418"))
	if err != nil {
		h.t.Fatal(err)
	}
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		for _, id := range []idp.ClientID{"timesheets", "contacts"} {
			err := tx.CreateClient(ctx, idp.Client{
				Registration: idp.Registration{
					ID: id, Name: string(id), Kind: idp.ClientWeb, AuthMethod: idp.AuthBasic, Profile: idp.ProfileDefault, IDTokenAlg: "ES256",
					RedirectURIs: []string{"https://" + string(id) + ".example/cb"},
				},
				CreatedAt: h.now, UpdatedAt: h.now, Version: 1,
			})
			if err != nil {
				return err
			}
		}
		for id, p := range map[idp.PracticeID]idp.Practice{
			"prc_mfa":       {PracticeDetails: idp.PracticeDetails{Name: "Harbour & Finch"}, MFA: idp.MFAActive, State: idp.PracticeActive},
			"prc_free":      {PracticeDetails: idp.PracticeDetails{Name: "Kauri Lane"}, MFA: idp.MFAOff, State: idp.PracticeActive},
			"prc_suspended": {PracticeDetails: idp.PracticeDetails{Name: "Gone"}, MFA: idp.MFAOff, State: idp.PracticeSuspended},
		} {
			p.ID, p.Kind, p.Region, p.TimeZone, p.Apps = id, idp.PracticeCustomer, idp.RegionAU, "Australia/Sydney", []idp.ClientID{"contacts", "timesheets"}
			p.CreatedAt, p.UpdatedAt, p.Version = h.now, h.now, 1
			if id == "prc_free" {
				p.Apps = []idp.ClientID{"timesheets"}
			}
			if err := tx.CreatePractice(ctx, p); err != nil {
				return err
			}
		}
		for name, practice := range map[string]idp.PracticeID{
			"never": "prc_mfa", "app": "prc_mfa", "sms": "prc_mfa", "disabled": "prc_mfa", "free": "prc_free", "suspended": "prc_suspended",
		} {
			u := idp.User{
				ID: idp.UserID("usr_" + name), PracticeID: practice, Username: name + "@example.com", Name: name, State: idp.UserActive,
				PasswordHash: hash, PasswordChangedAt: h.now.Add(-time.Hour), CreatedAt: h.now, UpdatedAt: h.now, Version: 1,
			}
			if name == "disabled" {
				u.State = idp.UserDisabled
			}
			if err := tx.CreateUser(ctx, u); err != nil {
				return err
			}
		}
		for _, a := range []idp.Authenticator{
			{ID: "aut_app", UserID: "usr_app", Kind: idp.KindTOTP, TOTPKey: idp.NewSecret(totpKey)},
			{ID: "aut_sms", UserID: "usr_sms", Kind: idp.KindSMS, Phone: idp.NewSecret("+61491570006")},
		} {
			a.PracticeID, a.CreatedAt, a.LastUsedAt = "prc_mfa", h.now, h.now
			if err := tx.CreateAuthenticator(ctx, a); err != nil {
				return err
			}
			err := tx.SavePIN(ctx, idp.RecoveryPIN{PracticeID: "prc_mfa", UserID: a.UserID, Hash: pin, CreatedAt: h.now})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (h *house) commit(fn func(context.Context, *sqlstore.Tx) error) {
	h.t.Helper()
	ctx := context.Background()
	if err := h.sql.InTx(ctx, func(tx *sqlstore.Tx) error { return fn(ctx, tx) }); err != nil {
		h.t.Fatal(err)
	}
}

// events lists what the audit trail says of a practice, oldest first.
func (h *house) events(practice idp.PracticeID) []idp.AuditEvent {
	h.t.Helper()
	found, _, err := h.sql.SearchEvents(context.Background(), practice, directory.EventQuery{}, sqlstore.Page{Limit: 1000})
	if err != nil {
		h.t.Fatal(err)
	}
	return found
}

// tab is one browser tab in a sign-in.
type tab struct {
	*house
	node    *signin.Service
	browser signin.Browser
	state   signin.State
}

func (h *house) open(client idp.ClientID) *tab {
	h.t.Helper()
	begun, err := h.Begin(context.Background(), signin.Request{
		ClientID: client, RedirectURI: "https://" + string(client) + ".example/cb", Scopes: []string{"openid"}, Query: "client_id=" + string(client),
	}, "203.0.113.7", h.now)
	if err != nil {
		h.t.Fatal(err)
	}
	return &tab{house: h, node: h.Service, state: begun.State, browser: signin.Browser{
		Transaction: begun.Transaction, Cookie: begun.Cookie, Again: begun.Again, Address: "203.0.113.7", UserAgent: "test",
	}}
}

// try posts the form to the current step.
func (b *tab) try(form signin.Form) (signin.Outcome, error) {
	out, err := b.node.Submit(context.Background(), b.browser, b.state, form, b.now)
	if err != nil {
		return out, err
	}
	b.state = out.State
	if !out.Cookie.IsZero() {
		b.browser.Cookie = out.Cookie
	}
	return out, nil
}

// post expects the form to lead to the state.
func (b *tab) post(form signin.Form, want signin.State) *tab {
	b.t.Helper()
	out, err := b.try(form)
	if err != nil {
		b.t.Fatal(err)
	}
	if out.Problem != nil || out.State != want {
		b.t.Fatalf("came to %q (problem %v), want %q", out.State, out.Problem, want)
	}
	return b
}

// refuse expects the form to be rejected with the problem.
func (b *tab) refuse(form signin.Form, want signin.ProblemCode) *tab {
	b.t.Helper()
	before := b.state
	out, err := b.try(form)
	if err != nil {
		b.t.Fatal(err)
	}
	if out.Problem == nil || out.Problem.Code != want || out.State != before {
		b.t.Fatalf("at %q, problem %+v, want %q", out.State, out.Problem, want)
	}
	return b
}

func (b *tab) view() signin.View {
	b.t.Helper()
	view, err := b.node.View(context.Background(), b.browser, b.now)
	if err != nil {
		b.t.Fatal(err)
	}
	return view
}

func (b *tab) finish() signin.Finished {
	b.t.Helper()
	done, err := b.node.Finish(context.Background(), b.browser, b.now)
	if err != nil {
		b.t.Fatal(err)
	}
	return done
}

func login(name string) signin.Form {
	return signin.Form{Username: name + "@example.com", Password: idp.NewSecret(password)}
}

func code(c idp.Secret) signin.Form { return signin.Form{Code: c} }

// totpAt is the code that an independent implementation shows for the key.
func totpAt(t testing.TB, key string, at time.Time) idp.Secret {
	t.Helper()
	c, err := totp.GenerateCode(key, at)
	if err != nil {
		t.Fatal(err)
	}
	return idp.NewSecret(c)
}

// wrongFor is a code that is not the one given.
func wrongFor(c idp.Secret) idp.Secret {
	n := 0
	if _, err := fmt.Sscanf(c.Reveal(), "%d", &n); err != nil {
		panic(err)
	}
	return idp.NewSecret(fmt.Sprintf("%06d", (n+500_000)%1_000_000))
}

// unlimited are limits that no test reaches by signing in often.
func unlimited() idp.Limits {
	limits := policy.DefaultLimits()
	for name, rate := range limits {
		limits[name] = idp.Rate{Most: 1_000_000, Window: rate.Window}
	}
	return limits
}
