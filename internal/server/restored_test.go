package server_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/restore"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// backedUp is a demo whose database is backed up, goes on, and is restored.
type backedUp struct {
	*demo.Demo
	t     *testing.T
	c     demo.Config
	clock *testenv.Clock
	stop  func() error
	file  string // the backup
}

func backUp(t *testing.T, choose func(*testing.T, *demo.Config)) *backedUp {
	t.Helper()
	b := &backedUp{t: t, c: testworld.Config(t), clock: &testenv.Clock{}}
	choose(t, &b.c)
	if b.c.DatabaseURL.IsZero() {
		b.c.DatabaseURL = config.NewSecret("sqlite:" + filepath.Join(b.c.StateDir, "apsid.db"))
	}
	seeded, err := filepath.Glob(filepath.Join(b.c.StateDir, "seen-*.json"))
	b.must(err)
	for _, file := range seeded { // of the database that the state folder was made with
		b.must(os.Remove(file))
	}
	b.run()
	return b
}

func (b *backedUp) run() {
	b.t.Helper()
	w := testworld.Run(b.t, b.c, b.clock)
	b.Demo, b.stop = w.Demo, w.Stop
	b.c.Listen = b.Address() // when it runs again, browsers and apps find it where it was
	for i, listen := range []*string{&b.c.TimesheetsListen, &b.c.ContactsListen, &b.c.LodgementsListen} {
		address, err := url.Parse(b.Manifest.Apps[i].URL)
		b.must(err)
		*listen = address.Host
	}
	// What begins with the program itself is over before a test looks at what it keeps in mind.
	b.nudge()
}

func (b *backedUp) sqlite() (path string, found bool) {
	return strings.CutPrefix(b.c.DatabaseURL.Reveal(), "sqlite:")
}

// owner is the address of the database by the role that backs it up and restores it.
func (b *backedUp) owner() string { return testenv.AsOwner(b.t, nameOf(b.t, b.c.DatabaseURL.Reveal())) }

// backUp makes the backup: pg_dump beside the running node, or a copy of the file while none runs.
func (b *backedUp) backUp() {
	b.t.Helper()
	path, file := b.sqlite()
	if !file {
		b.file = testenv.Dump(b.t, b.owner())
		return
	}
	b.must(b.stop())
	b.file = filepath.Join(b.t.TempDir(), "backup.db")
	b.copy(b.file, path)
	b.run()
}

// restore puts the backup in the place of the database. A node on Postgres runs on meanwhile.
func (b *backedUp) restore() {
	b.t.Helper()
	path, file := b.sqlite()
	if !file {
		testenv.Undump(b.t, b.owner(), b.file)
		return
	}
	b.must(b.stop())
	for _, beside := range []string{"-wal", "-shm"} {
		_ = os.Remove(path + beside)
	}
	b.copy(path, b.file)
}

func (b *backedUp) copy(to, from string) {
	b.t.Helper()
	content, err := os.ReadFile(from)
	b.must(err)
	b.must(os.WriteFile(to, content, 0o600))
}

func (b *backedUp) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// nudge makes the node look at the database now instead of within seconds.
func (b *backedUp) nudge() {
	b.t.Helper()
	b.must(b.Records().InTx(b.t.Context(), func(tx *sqlstore.Tx) error {
		tx.BeginEpoch()
		return nil
	}))
}

// settle waits until what is in the audit log by now is kept outside of the database.
func (b *backedUp) settle() {
	b.t.Helper()
	newest := b.sealed()
	eventually(b.t, "what was seen is kept", patience, func() bool {
		b.clock.Advance(restore.Settled)
		b.nudge()
		return b.mark().Place.Size >= newest.Size
	})
}

// sealed waits until every event of now has its place, and returns the checkpoint of then.
func (b *backedUp) sealed() auditlog.Checkpoint {
	b.t.Helper()
	eventually(b.t, "the trail is sealed", patience, func() bool {
		unsealed, next, err := b.Records().ListUnsealed(b.t.Context(), "", 10_000)
		return err == nil && len(unsealed) == 0 && next == ""
	})
	newest, err := b.Records().NewestCheckpoint(b.t.Context())
	b.must(err)
	return newest
}

// mark is what the state folder keeps.
func (b *backedUp) mark() (m restore.Mark) {
	files, err := filepath.Glob(filepath.Join(b.c.StateDir, "seen-*.json"))
	if err != nil || len(files) != 1 {
		return m
	}
	text, err := os.ReadFile(files[0])
	if err == nil {
		_ = m.UnmarshalText(text)
	}
	return m
}

func (b *backedUp) done(ask restore.Ask) restore.Report {
	b.t.Helper()
	ask.By = idp.Actor{Kind: idp.ActorSystem, ID: "shell:olga"}
	report, err := server.RestoreDone(b.t.Context(), b.Stores(), ask, slog.New(slog.DiscardHandler), b.clock.Now())
	b.must(err)
	return report
}

func (b *backedUp) verify(kept string) (auditlog.Report, error) {
	b.t.Helper()
	trail, err := server.OpenTrail(b.t.Context(), b.Stores().Vault)
	b.must(err)
	defer func() { _ = trail.Close() }()
	return trail.Verify(b.t.Context(), kept, "")
}

// machine is an access token of an integration, which lives for a day.
func (b *backedUp) machine() string {
	b.t.Helper()
	admin := b.Manifest.AdminAPI
	client := clientcredentials.Config{
		ClientID: admin.ClientID, ClientSecret: admin.ClientSecret, TokenURL: b.Manifest.Issuer + "/oauth/token", AuthStyle: oauth2.AuthStyleInHeader,
		Scopes: []string{"practices:read"},
	}
	token, err := client.Token(b.t.Context())
	b.must(err)
	return token.AccessToken
}

func (b *backedUp) asks(token string) (status int) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.Manifest.AdminAPI.URL+"/practices", nil)
	b.must(err)
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	b.must(err)
	_ = response.Body.Close()
	return response.StatusCode
}

// link asks for a mail with a link, and returns the newest one.
func (b *backedUp) link(who string, last string) string {
	b.t.Helper()
	from := directory.Origin{Address: "203.0.113.9", UserAgent: "Test/1"}
	b.must(b.Directory().Links.RequestPasswordReset(b.t.Context(), from, testworld.PersonOf(b.t, b.Manifest, who).Username, b.clock.Now()))
	pattern := regexp.MustCompile(`/account/link/([A-Za-z0-9_-]{43})`)
	found := ""
	eventually(b.t, "the mail", patience, func() bool {
		if all := pattern.FindStringSubmatch(testworld.NewVisitor(b.t, "").Get(b.Manifest.InboxURL + ".json").Body); all != nil {
			found = all[1]
		}
		return found != "" && found != last
	})
	return found
}

// grants is everything that somebody holds of one moment.
type grants struct {
	jwt, opaque *held
	machine     string
	link        string
	browser     *testworld.Visitor // signed in at an app
	half        *testworld.Visitor // at the second page of a sign-in
	page        testworld.Page     // that page
	who         demo.Person
}

// give gives everything that can be given, to a person.
func (b *backedUp) give(name, last string) (g grants) {
	b.t.Helper()
	tick := func() { b.clock.Advance(time.Minute) } // a code of an authenticator app is good once
	g.who = testworld.PersonOf(b.t, b.Manifest, name)
	g.jwt = hold(b.t, b.Manifest, b.Manifest.Apps[0], g.who, b.clock)
	tick()
	g.opaque = hold(b.t, b.Manifest, b.Manifest.Apps[1], g.who, b.clock)
	tick()
	g.machine, g.link = b.machine(), b.link(name, last)
	g.browser = testworld.NewVisitor(b.t, b.Manifest.Issuer)
	if p := g.browser.SignIn(g.browser.Get("/account"), g.who, b.clock); p.Step == "password" || p.Step == "totp" {
		b.t.Fatalf("not signed in: %q\n%s", p.Step, p.Body)
	}
	g.half = testworld.NewVisitor(b.t, "")
	p := g.half.Get(b.Manifest.Apps[0].URL+"/details").On(b.t, "password")
	g.page = g.half.Post(p.At, url.Values{"username": {g.who.Username}, "password": {g.who.Password}}).On(b.t, "totp")
	return g
}

// works lists what of it still works at the node.
func (b *backedUp) works(g grants) (good []string) {
	b.t.Helper()
	issuer := b.Manifest.Issuer
	for name, h := range map[string]*held{"JWT": g.jwt, "opaque": g.opaque} {
		if h.userinfo(issuer) == http.StatusOK {
			good = append(good, name+" access token")
		}
		if status, _ := h.report(issuer); status == http.StatusOK {
			good = append(good, name+": activity")
		}
		if status, _ := h.renew(issuer); status == http.StatusOK {
			good = append(good, name+": refresh token")
		}
	}
	if b.asks(g.machine) == http.StatusOK {
		good = append(good, "machine token")
	}
	if p := g.browser.Get("/account"); p.Step != "password" && p.Status == http.StatusOK {
		good = append(good, "cookie: "+p.Step)
	}
	err := b.Directory().Links.ResetByLink(b.t.Context(), directory.Origin{Address: "203.0.113.9"}, idp.NewSecret(g.link), idp.NewSecret("granite-window-harbour-4"), b.clock.Now())
	if err == nil {
		good = append(good, "link")
	}
	p := g.half.Post(g.page.At, url.Values{"code": {testworld.Code(b.t, g.who.TOTPKey, b.clock)}})
	if p.Step != "password" {
		good = append(good, "sign-in in flight: "+p.Step)
	}
	return good
}

// ABUSE 46, 54: yesterday's backup is restored today. A node that runs on gives nothing within seconds, and a new one does not start.
// After restore-done nothing works that was given before the backup or after it; people sign in again, and the trail says so.
func TestABackupThatIsRestoredRevivesNothing(t *testing.T) {
	for name, choose := range stores() {
		t.Run(name, func(t *testing.T) {
			b := backUp(t, choose)
			reference := true
			app, err := b.Records().FindClient(t.Context(), idp.ClientID(b.Manifest.Apps[1].ClientID))
			b.must(err)
			_, err = b.Directory().Clients.EditClient(t.Context(), directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: "test"}}, app.ID,
				directory.ClientEdit{Version: app.Version, ReferenceTokens: &reference}, b.clock.Now())
			b.must(err)

			before := b.give("tom", "")
			if strings.Contains(before.opaque.access, ".") {
				t.Fatal("the app gets no opaque tokens")
			}
			b.settle()
			b.backUp()
			b.clock.Advance(20 * time.Hour)
			after := b.give("olivia", before.link)
			b.must(b.Directory().Practices.SuspendPractice(t.Context(), directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: "test"}}, harbour, b.clock.Now()))
			b.settle()
			kept := b.sealed()
			var export bytes.Buffer
			b.export(&export)

			b.restore()
			if _, file := b.sqlite(); file {
				_, err = demo.New(t.Context(), b.c, testworld.Deps(b.clock))
			} else {
				b.closed(before, after)
				_, err = b.SecondNode(t.Context())
			}
			if err == nil || !strings.Contains(err.Error(), `run "apsid restore-done"`) || strings.Contains(err.Error(), "\n") {
				t.Errorf("a node started: %v", err)
			}

			// A node that runs meanwhile ends by itself what was left alone for too long: one of the three sessions.
			if dry := b.done(restore.Ask{DryRun: true}); dry.Voided.Sessions < 2 || dry.Voided.PINs == 0 || dry.Missing() == 0 {
				t.Errorf("a dry run: %+v", dry)
			}
			deeds, err := restore.Deeds(&export)
			b.must(err)
			report := b.done(restore.Ask{Checkpoint: kept.Note, Deeds: deeds})
			if report.Voided.Sessions < 2 || report.Voided.Links == 0 || report.Keys != 2 || report.Missing() < 10 || report.Epoch.Number != 1 {
				t.Errorf("%+v", report)
			}
			if _, file := b.sqlite(); file {
				b.run()
			}
			eventually(t, "the node is ready", patience, func() bool { return testworld.NewVisitor(t, b.Manifest.Issuer).Get("/readyz").Status == http.StatusOK })
			eventually(t, "the node has other signing keys", patience, func() bool { return b.asks(after.machine) == http.StatusUnauthorized })
			b.clock.Advance(2 * time.Minute)
			for when, g := range map[string]grants{"before": before, "after": after} {
				if good := b.works(g); len(good) > 0 {
					t.Errorf("%s the backup: %q works", when, good)
				}
			}
			b.signsInAgain()
			b.told(report, kept.Note)

			if again := report.Again; len(again) != 1 || again[0].Action != string(idp.EventPracticeSuspended) {
				t.Errorf("to do again: %+v", again)
			}
		})
	}
}

func (b *backedUp) export(to *bytes.Buffer) {
	b.t.Helper()
	trail, err := server.OpenTrail(b.t.Context(), b.Stores().Vault)
	b.must(err)
	defer func() { _ = trail.Close() }()
	b.must(trail.Export(b.t.Context(), to, server.ExportAsk{Practice: harbour, By: idp.Actor{Kind: idp.ActorSystem, ID: "shell:olga"}}, b.clock.Now()))
}

// closed holds that the node that runs gives nothing any more, and answers what is public.
func (b *backedUp) closed(all ...grants) {
	b.t.Helper()
	s := testworld.NewVisitor(b.t, b.Manifest.Issuer)
	eventually(b.t, "the node gives nothing", time.Minute, func() bool { return s.Get("/readyz").Status == http.StatusServiceUnavailable })
	for _, g := range all {
		if status := g.jwt.userinfo(b.Manifest.Issuer); status != http.StatusServiceUnavailable {
			b.t.Errorf("userinfo: %d", status)
		}
		if status, _ := g.opaque.renew(b.Manifest.Issuer); status != http.StatusServiceUnavailable {
			b.t.Errorf("refresh: %d", status)
		}
		if status := b.asks(g.machine); status != http.StatusServiceUnavailable {
			b.t.Errorf("the management API: %d", status)
		}
	}
	if p := s.Get("/account"); p.Status != http.StatusServiceUnavailable || p.Step != "error" {
		b.t.Errorf("a page: %d %q", p.Status, p.Step)
	}
	if p := s.Get("/.well-known/jwks.json"); p.Status != http.StatusOK {
		b.t.Errorf("keys: %d", p.Status)
	}
}

// signsInAgain: password and code, and then a new recovery PIN, as the old ones are gone.
func (b *backedUp) signsInAgain() {
	b.t.Helper()
	who, s := testworld.PersonOf(b.t, b.Manifest, "tom"), testworld.NewVisitor(b.t, "")
	p := s.SignIn(s.Get(b.Manifest.Apps[0].URL+"/details"), who, b.clock).On(b.t, "recovery-pin")
	p = s.Post(p.At, url.Values{"pin": {"830275"}, "pin_confirm": {"830275"}})
	if p.Claims()["sid"] == "" {
		b.t.Errorf("not signed in: %s %q\n%s", p.At, p.Step, p.Body)
	}
	if b.asks(b.machine()) != http.StatusOK {
		b.t.Error("an integration gets no token that works")
	}
}

// told holds that the event is there, and that verify explains what a checkpoint of after the backup knows of.
func (b *backedUp) told(report restore.Report, kept string) {
	b.t.Helper()
	b.sealed()
	events, _, err := b.Records().SearchEvents(b.t.Context(), "", directory.EventQuery{Type: idp.EventSystemRestored}, directory.Page{Limit: 10})
	b.must(err)
	if len(events) != 1 || events[0].Actor.ID != "shell:olga" || events[0].Details["backup_last_event"] != string(report.Last.ID) {
		b.t.Errorf("events %+v", events)
	}
	ended, _, err := b.Records().SearchEvents(b.t.Context(), harbour, directory.EventQuery{Type: idp.EventSessionEnded}, directory.Page{Limit: 200})
	b.must(err)
	restored := int64(0)
	for _, e := range ended {
		if e.Reason == idp.ReasonRestored {
			restored++
		}
	}
	if restored != report.Voided.Sessions {
		b.t.Errorf("%d events of %d sessions", restored, report.Voided.Sessions)
	}
	found, err := b.verify(kept)
	if err != nil || found.Gap == nil || found.Gap.Events != report.Missing() || found.Gap.By.By != "shell:olga" || len(found.Restored) != 1 {
		b.t.Errorf("verify with the checkpoint of after the backup: %+v, %v", found.Gap, err)
	}
	if found, err := b.verify(found.Newest.Note); err != nil || found.Gap != nil {
		b.t.Errorf("verify with a checkpoint of after the restore: %+v, %v", found.Gap, err)
	}
}
