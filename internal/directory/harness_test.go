package directory_test

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
)

// shell is the machine's own: seeds and imports.
var shell = directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem}}

func now() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

type ledger struct {
	*sqlstore.Store
	post *post
}

func (l ledger) Commit(ctx context.Context, fn func(directory.Unit) error) error {
	return l.InTx(ctx, func(tx *sqlstore.Tx) error { return fn(unit{Tx: tx, post: l.post}) })
}

// unit lets a test do something at the moment between counting and changing.
type unit struct {
	*sqlstore.Tx
	post *post
}

func (u unit) ListManagers(ctx context.Context, practice idp.PracticeID, role idp.Role) ([]idp.User, error) {
	found, err := u.Tx.ListManagers(ctx, practice, role)
	if u.post.counted != nil {
		u.post.counted()
	}
	return found, err
}

// post is an outbox that remembers what was queued, and fails on demand.
type post struct {
	mu      sync.Mutex
	broken  error
	counted func() // after each ListManagers; nil: nothing
	notices []idp.Notice
	logouts []idp.Logout
}

func (p *post) Enqueue(_ context.Context, _ *sql.Tx, n idp.Notice) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notices = append(p.notices, n)
	return p.broken
}

// Ask implements directory.Asked: what visitors ask for waits beside the mails until mail answers it.
func (p *post) Ask(n idp.Notice) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notices = append(p.notices, n)
	return p.broken
}

func (p *post) EnqueueLogouts(_ context.Context, _ *sql.Tx, logouts []idp.Logout) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.logouts = append(p.logouts, logouts...)
	return p.broken
}

func open(t *testing.T) (*services, *sqlstore.Store) {
	t.Helper()
	return openAt(t, storetest.SQLite(t), &post{})
}

func openAt(t *testing.T, url string, outbox *post, changes ...idp.Limits) (*services, *sqlstore.Store) {
	t.Helper()
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(keys)
	if err != nil {
		t.Fatal(err)
	}
	store, err := sqlstore.Open(t.Context(), url, sealer, outbox, sqlstore.Options{Limit: time.Minute}) // a crowded machine is no fault
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	passwords, err := authenticator.NewPasswords(authenticator.PasswordConfig{Memory: testenv.HashMemory, Wait: time.Minute}) // no one is turned away on a slow machine
	if err != nil {
		t.Fatal(err)
	}
	limits := policy.DefaultLimits()
	for _, change := range changes {
		maps.Copy(limits, change)
	}
	redis, err := redisstore.Open(t.Context(), redisstore.Embedded, sealer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = redis.Close() })
	service, err := directory.New(directory.Config{Origin: "https://id.example", Passkeys: true, OwnScopes: []string{"users:read"}}, directory.Ports{
		Ledger: ledger{Store: store, post: outbox}, Records: store, Hasher: passwords, Sealer: sealer,
		Rates: redis.Rates(limits, func(idp.LimitName) {}), Asked: outbox,
	})
	if err != nil {
		t.Fatal(err)
	}
	return servicesOf(service), store
}

// services are those of all subjects, so that a test names the command alone.
type services struct {
	*directory.Directory
	*directory.People
	*directory.Practices
	*directory.Clients
	*directory.Cases
	*directory.Account
	*directory.Links
	*directory.Reminders
}

func servicesOf(d *directory.Directory) *services {
	return &services{d, d.People, d.Practices, d.Clients, d.Cases, d.Account, d.Links, d.Reminders}
}

// The people of a town, and where they belong.
const (
	olivia = "olivia" // x: System Administrator with User Management+ access
	uma    = "uma"    // x: User Management+ access
	tom    = "tom"    // x: no role, with an authenticator app, a number and a PIN
	bob    = "bob"    // y: User Management+ access
	riley  = "riley"  // aps: staff

	practiceX idp.PracticeID = "prc_x"
	practiceY idp.PracticeID = "prc_y"

	password = "correct-horse-harbour-1"
	phone    = "+61491570156"
)

// town is two practices and APS with their people, each signed in to two apps.
type town struct {
	*services
	*post
	t     *testing.T
	store *sqlstore.Store
	now   time.Time
	seen  map[idp.EventID]bool // events that fresh has returned
}

// inTown runs the test in a town on SQLite and in one on Postgres.
func inTown(t *testing.T, test func(*testing.T, *town), changes ...idp.Limits) {
	t.Helper()
	for engine, address := range map[string]func(*testing.T) string{
		"SQLite":   func(t *testing.T) string { return storetest.SQLite(t) },
		"Postgres": func(t *testing.T) string { return storetest.Postgres(t) },
	} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			test(t, newTown(t, address(t), changes...))
		})
	}
}

func newTown(t *testing.T, address string, changes ...idp.Limits) *town {
	t.Helper()
	outbox := &post{}
	service, store := openAt(t, address, outbox, changes...)
	w := &town{services: service, post: outbox, t: t, store: store, now: now(), seen: map[idp.EventID]bool{}}
	for id, kind := range map[idp.PracticeID]idp.PracticeKind{practiceX: idp.PracticeCustomer, practiceY: idp.PracticeCustomer, "prc_aps": idp.PracticeAPS} {
		_, err := service.CreatePractice(t.Context(), shell, directory.NewPractice{
			ID: id, Kind: kind, MFA: idp.MFAActive, Apps: []idp.ClientID{"timesheets", "contacts"},
			PracticeDetails: idp.PracticeDetails{Name: string(id), Region: idp.RegionAU, TimeZone: "Australia/Hobart"},
		}, w.now)
		w.must(err)
	}
	w.fill()
	w.fresh()
	return w
}

// fresh returns the events written since it was last called, in every practice.
func (w *town) fresh() (found []idp.AuditEvent) {
	w.t.Helper()
	for _, practice := range []idp.PracticeID{practiceX, practiceY, "prc_aps", ""} {
		for _, e := range events(w.t, w.store, practice) {
			if !w.seen[e.ID] {
				w.seen[e.ID] = true
				found = append(found, e)
			}
		}
	}
	return found
}

// hashed is the hash of the password that all people share, made once: it is costly by design.
var hashed = sync.OnceValues(func() (idp.Secret, error) {
	passwords, err := authenticator.NewPasswords(authenticator.PasswordConfig{Memory: testenv.HashMemory})
	if err != nil {
		return idp.Secret{}, err
	}
	return passwords.Hash(context.Background(), authenticator.Claim{}, idp.NewSecret(password))
})

// fill writes people, apps and sessions.
func (w *town) fill() {
	w.t.Helper()
	hash, err := hashed()
	w.must(err)
	w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
		for _, id := range apps() {
			if err := tx.CreateClient(ctx, idp.Client{
				Registration: idp.Registration{
					ID: id, Name: string(id), Kind: idp.ClientWeb, AuthMethod: idp.AuthBasic, Profile: idp.ProfileDefault, IDTokenAlg: "ES256",
					RedirectURIs:         []string{"https://" + string(id) + ".example/cb"},
					BackchannelLogoutURI: "https://" + string(id) + ".example/logout",
				},
				CreatedAt: w.now, UpdatedAt: w.now, Version: 1,
			}); err != nil {
				return err
			}
		}
		for name, user := range people() {
			user.ID, user.Name, user.Username, user.State = idp.UserID("usr_"+name), name, name+"@example.com", idp.UserActive
			user.PasswordHash, user.PasswordChangedAt, user.CreatedAt, user.UpdatedAt, user.Version = hash, w.now, w.now, w.now, 1
			if err := tx.CreateUser(ctx, user); err != nil {
				return err
			}
			if err := w.signIn(ctx, tx, user); err != nil {
				return err
			}
		}
		return nil
	})
	for _, n := range []directory.NewAuthenticator{
		{Kind: idp.KindTOTP, TOTPKey: authenticator.NewTOTPKey()}, {Kind: idp.KindSMS, Country: "AU", Phone: phone},
	} {
		n.PracticeID, n.UserID = practiceX, "usr_"+tom
		_, err := w.BindAuthenticator(w.t.Context(), shell, n, w.now)
		w.must(err)
	}
	w.must(w.SetPIN(w.t.Context(), shell, directory.NewPIN{
		PracticeID: practiceX, UserID: "usr_" + tom, PIN: idp.NewSecret("580341"),
	}, w.now))
}

func apps() []idp.ClientID { return []idp.ClientID{"timesheets", "contacts"} }

func people() map[string]idp.User {
	return map[string]idp.User{
		olivia: {PracticeID: practiceX, Roles: []idp.Role{idp.RoleSystemAdministrator, idp.RoleUserManagement}},
		uma:    {PracticeID: practiceX, Roles: []idp.Role{idp.RoleUserManagement}},
		tom:    {PracticeID: practiceX},
		bob:    {PracticeID: practiceY, Roles: []idp.Role{idp.RoleUserManagement}},
		riley:  {PracticeID: "prc_aps", Roles: []idp.Role{idp.RoleAPSStaff}},
	}
}

// signIn opens a session at each app, with a refresh token.
func (w *town) signIn(ctx context.Context, tx *sqlstore.Tx, user idp.User) error {
	for _, app := range apps() {
		sid := sessionOf(user.Name, app)
		if err := tx.StartSession(ctx, idp.Session{
			ID: sid, PracticeID: user.PracticeID, UserID: user.ID, ClientID: app, BrowserHash: idp.HashToken(string(sid)),
			ACR: idp.ACRMFA, AMR: []idp.AMR{idp.AMRPassword, idp.AMROTP, idp.AMRMFA}, AuthTime: w.now, CreatedAt: w.now,
			ExpiresAt: w.now.Add(24 * time.Hour), LastActivity: w.now, SignOn: sid,
		}); err != nil {
			return err
		}
		if err := tx.CreateRefreshToken(ctx, idp.RefreshToken{
			Hash: refreshOf(sid), SID: sid, ClientID: app, UserID: user.ID, Scopes: []string{"openid"}, AuthTime: w.now,
			CreatedAt: w.now, ExpiresAt: w.now.Add(24 * time.Hour),
		}); err != nil {
			return err
		}
	}
	return nil
}

func sessionOf(name string, app idp.ClientID) idp.SID {
	return idp.SID("ses_" + name + "-" + string(app))
}

func refreshOf(sid idp.SID) string { return idp.HashToken("refresh " + string(sid)) }

// by is a person who gives a command.
func by(name string) directory.Caller {
	kind := idp.ActorUser
	if name == riley {
		kind = idp.ActorStaff
	}
	return directory.Caller{
		Actor: idp.Actor{Kind: kind, ID: "usr_" + name}, Address: "203.0.113.9", UserAgent: "Test/1",
		Proved: policy.Proved{ACR: idp.ACRMFA, At: now().AddDate(10, 0, 0)}, // stays fresh, wherever a test moves its clock
	}
}

// ended returns the sessions that are over, sorted, and checks that nothing of them is left and that their apps were told.
func (w *town) ended() []idp.SID {
	w.t.Helper()
	var over []idp.SID
	for name := range people() {
		for _, app := range apps() {
			sid := sessionOf(name, app)
			session, err := w.store.FindSession(w.t.Context(), sid)
			w.must(err)
			_, _, err = w.store.FindRefreshTokenHolder(w.t.Context(), refreshOf(sid))
			if session.EndedAt.IsZero() {
				w.must(err)
				continue
			}
			over = append(over, sid)
			if idp.CodeOf(err) != idp.CodeNotFound || session.EndReason != idp.EndRevoked {
				w.t.Errorf("%s ended as %q, refresh token: %v", sid, session.EndReason, err)
			}
		}
	}
	slices.Sort(over)
	return over
}

// told returns the sessions whose apps a message was queued for, sorted.
func (w *town) told() []idp.SID {
	var told []idp.SID
	for _, logout := range w.logouts {
		told = append(told, logout.SID)
	}
	slices.Sort(told)
	return told
}

func (w *town) account(name string) idp.Account {
	w.t.Helper()
	account, err := w.store.FindAccount(w.t.Context(), idp.UserID("usr_"+name))
	w.must(err)
	return account
}

// update changes a stored person behind the commands' back.
func (w *town) update(name string, change func(*idp.User)) {
	w.t.Helper()
	user := w.account(name).User
	change(&user)
	w.do(func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateUser(ctx, user) })
}

func (w *town) guard(subject string, proof idp.Proof) (found idp.Guard) {
	w.t.Helper()
	w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.UpdateGuard(ctx, subject, proof, func(g idp.Guard) idp.Guard {
			found = g
			return g
		})
	})
	return found
}

func (w *town) do(fn func(context.Context, *sqlstore.Tx) error) {
	w.t.Helper()
	w.must(w.store.InTx(w.t.Context(), func(tx *sqlstore.Tx) error { return fn(w.t.Context(), tx) }))
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
