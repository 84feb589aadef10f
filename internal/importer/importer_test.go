package importer_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/importer"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// Hashes that other systems made.
const (
	bcrypt = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
	pbkdf2 = "$pbkdf2-sha256$29000$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A.WF/Z5JZv.lfCIhXXN33N23OSgQYThBYRfk"
)

var caller = directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: "shell:test"}}

// office is a place to import to: two practices and APS, of which two have the same name.
type office struct {
	t      *testing.T
	shell  *server.Console
	people *watched
}

// watched counts the answers that were given up: what they were about may have been stored, and is found there by the next try.
type watched struct {
	importer.People
	givenUp int // people at most
}

func (w *watched) ImportUsers(ctx context.Context, by directory.Caller, people []directory.NewUser, now time.Time) ([]directory.ImportResult, error) {
	results, err := w.People.ImportUsers(ctx, by, people, now)
	if errors.Is(err, idp.ErrUnavailable) {
		w.givenUp += len(people)
	}
	return results, err
}

func newOffice(t *testing.T, database string) *office {
	t.Helper()
	places, err := config.Stores{Sealed: config.Sealed{
		Database: config.Database{StateDir: t.TempDir(), DatabaseURL: config.NewSecret(database)}, MakeSealKeys: true,
	}}.Complete()
	must(t, err)
	_, err = server.Migrate(t.Context(), places.SQL)
	must(t, err)
	shell, err := server.OpenConsole(t.Context(), places, nil, slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(func() { must(t, shell.Close()) })
	for id, name := range map[idp.PracticeID]string{"prc_one": "Harbour & Finch, Accounting", "prc_two": "Twins", "prc_three": "Twins"} {
		_, err := shell.Directory().Practices.CreatePractice(t.Context(), caller, directory.NewPractice{
			ID: id, PracticeDetails: idp.PracticeDetails{Name: name, Region: idp.RegionAU, TimeZone: "Australia/Hobart"},
		}, time.Now())
		must(t, err)
	}
	return &office{t: t, shell: shell, people: &watched{People: shell.Directory().People}}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bring imports a text and returns what was counted, and the report by line.
func (o *office) bring(format importer.Format, practice, text string) (importer.Counts, map[string]string) {
	o.t.Helper()
	var report strings.Builder
	counts, err := importer.Run(o.t.Context(), importer.Config{
		Format: format, Practice: practice, Caller: caller, Clock: time.Now, Report: &report,
	}, o.people, o.shell.Directory().Practices, strings.NewReader(text))
	must(o.t, err)
	return counts, reasons(o.t, report.String())
}

// reasons reads a report.
func reasons(t *testing.T, report string) map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(report)).ReadAll()
	must(t, err)
	found := map[string]string{}
	for _, row := range rows[1:] {
		if _, twice := found[row[0]]; twice {
			t.Errorf("line %s is reported twice", row[0])
		}
		found[row[0]] = row[2]
	}
	return found
}

func (o *office) user(username string) idp.User {
	o.t.Helper()
	account, err := o.shell.Records().FindAccountByUsername(o.t.Context(), username)
	must(o.t, err)
	return account.User
}

func onSQLite(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "test.db") }

func TestEachBadLineCostsOnlyItself(t *testing.T) { // ABUSE 38
	o := newOffice(t, onSQLite(t))
	long := strings.Repeat("x", 70<<10)
	lines := []string{
		"\ufeffUsername, name,practice,roles,password_hash\r", // 1: byte order mark, CRLF, capitals, spaces
		"good@x.example,Good,prc_one,,\r",
		`"quoted@x.example","Smith, ""Jo""","Harbour & Finch, Accounting","user_management;system_administrator",` + bcrypt,
		"",
		"no-address,Name,prc_one,,",       // 5
		"good@X.example ,Again,prc_one,,", // 6: twice
		"long@x.example," + strings.Repeat("é", 101) + ",prc_one,,", // 7
		"hash@x.example,Name,prc_one,,md5:0123",                     // 8
		"lost@x.example,Name,Nowhere,,",                             // 9
		"twin@x.example,Name,Twins,,",                               // 10: two have this name
		"none@x.example,Name,,,",                                    // 11: no practice, and no default
		"role@x.example,Name,prc_one,emperor,",                      // 12
		"staff@x.example,Name,prc_one,aps_staff,",                   // 13
		"nul@x.example,Na\x00me,prc_one,,",                          // 14
		"ansi@x.example,\x1b[31mRed,prc_one,,",                      // 15
		`"break@x.example","Two`, `lines",prc_one,,`,                // 16, 17: a record of two lines
		"huge@x.example," + long + ",prc_one,,",    // 18
		"short@x.example,Name",                     // 19
		`open@x.example,"never closed,prc_one,,`,   // 20
		"after@x.example,After,prc_one,," + pbkdf2, // 21: and still read
		`stray@x.example,a "stray" mark,prc_one,,`, // 22
		"latin@x.example,Andr\xe9,prc_one,,",       // 23
		"=cmd@x.example,,prc_one,,",                // 24: no name, and a formula
		"last@x.example,Last 🙂,prc_two,,",          // 25, without an end
	}
	counts, got := o.bring(importer.CSV, "", strings.Join(lines, "\n"))
	want := map[string]string{
		"5": "username: ", "6": "username: stands on line 2 already", "7": "name: must not be longer than 80", "8": "password_hash: ",
		"9": "practice: there is no such practice", "10": "practice: several have this name", "11": "practice: is missing", "12": "roles: there is no such role",
		"13": "roles: only people who work at APS", "14": "name: holds a line break", "15": "name: holds a line break", "16": "name: holds a line break",
		"18": "is longer than 64 KiB", "19": "has 2 columns", "20": "a quotation mark is not closed", "22": "its quotation marks make no sense",
		"23": "is not UTF-8", "24": "name: must not be empty",
	}
	for line, begin := range want {
		if !strings.HasPrefix(got[line], begin) {
			t.Errorf("line %s: %q, want %q…", line, got[line], begin)
		}
		delete(got, line)
	}
	if len(got) > 0 {
		t.Errorf("rejected too: %v", got)
	}
	if counts.Created != 4 || counts.Rejected != len(want) || counts.Line != 25 {
		t.Errorf("counted %+v", counts)
	}
	quoted := o.user("quoted@x.example")
	if quoted.Name != `Smith, "Jo"` || quoted.PracticeID != "prc_one" || len(quoted.Roles) != 2 || quoted.PasswordHash.Reveal() != bcrypt {
		t.Errorf("stored %+v", quoted)
	}
	if got := o.user("last@x.example"); got.PracticeID != "prc_two" || !got.Invited() {
		t.Errorf("stored %+v", got)
	}
}

func TestTheReportHoldsNoFormulaAndNoHash(t *testing.T) {
	var report strings.Builder
	o := newOffice(t, onSQLite(t))
	text := "username,name,password_hash\n=HYPERLINK(1),A,md5:hunter2\n\u2028@x.example,B," + bcrypt + "\n"
	_, err := importer.Run(t.Context(), importer.Config{
		Format: importer.CSV, Practice: "prc_one", Caller: caller, Clock: time.Now, Report: &report,
	}, o.shell.Directory().People, o.shell.Directory().Practices, strings.NewReader(text))
	must(t, err)
	for _, bad := range []string{",=", "hunter2", bcrypt, "\u2028"} {
		if strings.Contains(report.String(), bad) {
			t.Errorf("%q is in the report: %s", bad, report.String())
		}
	}
	if !strings.Contains(report.String(), "2,'=HYPERLINK(1),") {
		t.Error(report.String())
	}
}

func TestJSONLines(t *testing.T) {
	o := newOffice(t, onSQLite(t))
	lines := []string{
		"\ufeff" + `{"username":"one@x.example","name":"One","roles":["user_management"],"password_hash":"` + bcrypt + `"}`,
		``,
		`{"username":"two@x.example","name":"Two","practice":"prc_two"}` + "\r",
		`{"username":"three@x.example","name":"Three","mfa":"active"}`, // 4
		`{"username":"four@x.example","name":4}`,
		`{"username":"five@x.example","name":"Five"} {}`,
		`["six@x.example"]`,
		`{"username":"seven@x.example","name":"Se\u0000ven"}`, // 8
		`{"username":"one@x.example","name":"One","practice":"prc_two"}`,
		`{"username":"broken`,
	}
	counts, got := o.bring(importer.JSONLines, "Harbour & Finch, Accounting", strings.Join(lines, "\n"))
	want := map[string]string{
		"4": `there is no member "mfa": there are username, name, practice, roles, password_hash, email_verified`, "5": "name: has a value of the wrong type (number)",
		"6": "holds more than one object", "7": "is not a JSON object", "8": "name: holds a line break or another control character",
		"9": "username: stands on line 1 already", "10": "is not a JSON object",
	}
	if diff := cmp.Diff(want, got); diff != "" || counts.Created != 2 {
		t.Errorf("%+v %s", counts, diff)
	}
	if got := o.user("one@x.example"); got.PracticeID != "prc_one" || got.PasswordHash.Reveal() != bcrypt {
		t.Errorf("stored %+v", got)
	}
}

func TestAHeaderThatMakesNoSenseStopsTheImport(t *testing.T) {
	o := newOffice(t, onSQLite(t))
	for text, want := range map[string]string{
		"":                                 "the file is empty",
		"username\n":                       "names no column name",
		"username,name,passwort\n":         `a column "passwort"`,
		"username,name,username\n":         "the column username twice",
		"u\xffsername,name\n":              "UTF-8",
		"\xff\xfeu\x00s\x00e\x00r\x00":     "UTF-8",
		"username,\"name\n" + "a@x.ex,A\n": "the first line",
	} {
		counts, err := importer.Run(t.Context(), importer.Config{Format: importer.CSV, Caller: caller, Clock: time.Now}, o.shell.Directory().People, o.shell.Directory().Practices, strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) || counts != (importer.Counts{}) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	_, err := importer.Run(t.Context(), importer.Config{Format: importer.CSV, Practice: "prc_none", Caller: caller, Clock: time.Now}, o.shell.Directory().People, o.shell.Directory().Practices, strings.NewReader("username,name\n"))
	if err == nil || !strings.Contains(err.Error(), "there is no such practice") {
		t.Errorf("an unknown default practice: %v", err)
	}
}

// file has so many people, of whom one in a hundred is wrong in one of several ways, and says which lines those are.
func file(people int) (text string, bad map[string]bool) {
	var b strings.Builder
	b.WriteString("username,name,roles,password_hash\n")
	bad = map[string]bool{}
	for n := range people {
		username, name, hash := fmt.Sprintf("person%d@x.example", n), fmt.Sprintf("Person Number %d", n), bcrypt
		if n%100 == 37 {
			bad[fmt.Sprint(n+2)] = true
			switch n / 100 % 4 {
			case 0:
				username = "nobody"
			case 1:
				name = "\u2028"
			case 2:
				hash = "md5:0123"
			default:
				username = fmt.Sprintf("person%d@x.example", n-1)
			}
		}
		fmt.Fprintf(&b, "%s,%s,,%s\n", username, name, hash)
	}
	return b.String(), bad
}

func TestAFileOfManyAndAgain(t *testing.T) {
	for engine, c := range map[string]struct {
		people  int
		address func(*testing.T) string
	}{
		"SQLite":   {2_000, onSQLite}, // in pure Go: the race detector looks at each of its steps
		"Postgres": {10_000, func(t *testing.T) string { return storetest.Postgres(t) }},
	} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			people := c.people
			o := newOffice(t, c.address(t))
			text, bad := file(people)
			counts, got := o.bring(importer.CSV, "prc_one", text)
			late := min(counts.Present, o.people.givenUp) // none, but on a crowded machine
			if want := (importer.Counts{Line: people + 1, Created: people - len(bad) - late, Present: late, Rejected: len(bad)}); counts != want {
				t.Errorf("counted %+v, want %+v", counts, want)
			}
			for line := range bad {
				if got[line] == "" {
					t.Errorf("line %s has no reason", line)
				}
			}
			counts, _ = o.bring(importer.CSV, "prc_one", text)
			if want := (importer.Counts{Line: people + 1, Present: people - len(bad), Rejected: len(bad)}); counts != want {
				t.Errorf("again: counted %+v, want %+v", counts, want)
			}
			stored, err := o.shell.Records().CountPractice(t.Context(), "prc_one")
			must(t, err)
			if stored.People != int64(people-len(bad)) {
				t.Errorf("%d people are stored", stored.People)
			}
		})
	}
}

func TestAnImportThatWasStoppedGoesOn(t *testing.T) {
	o := newOffice(t, onSQLite(t))
	text, bad := file(2_000)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	half, err := importer.Run(ctx, importer.Config{
		Format: importer.CSV, Practice: "prc_one", Caller: caller, Clock: time.Now, Progress: func(importer.Counts) { stop() },
	}, o.shell.Directory().People, o.shell.Directory().Practices, strings.NewReader(text))
	if err == nil || half.Created == 0 || half.Created > 500 {
		t.Fatalf("stopped after %+v: %v", half, err)
	}
	counts, _ := o.bring(importer.CSV, "prc_one", text)
	if counts.Present != half.Created || counts.Created != 2_000-len(bad)-half.Created {
		t.Errorf("first %+v, then %+v", half, counts)
	}
}

// slow is a database that can't take many at once.
type slow struct {
	importer.People
	most, asked int
}

func (s *slow) ImportUsers(ctx context.Context, by directory.Caller, people []directory.NewUser, now time.Time) ([]directory.ImportResult, error) {
	s.asked++
	if len(people) > s.most {
		return nil, idp.ErrUnavailable
	}
	return s.People.ImportUsers(ctx, by, people, now)
}

func TestASlowDatabaseIsAskedForLess(t *testing.T) {
	o := newOffice(t, onSQLite(t))
	text, bad := file(600)
	to := &slow{People: o.shell.Directory().People, most: 130}
	settings := importer.Config{Format: importer.CSV, Practice: "prc_one", Caller: caller, Clock: time.Now}
	counts, err := importer.Run(t.Context(), settings, to, o.shell.Directory().Practices, strings.NewReader(text))
	must(t, err)
	if counts.Created != 600-len(bad) {
		t.Errorf("counted %+v", counts)
	}
	to.most = 0 // it is gone
	to.asked = 0
	if _, err := importer.Run(t.Context(), settings, to, o.shell.Directory().Practices, strings.NewReader(text)); !errors.Is(err, idp.ErrUnavailable) || to.asked > 12 {
		t.Errorf("a database that is gone: %v after %d tries", err, to.asked)
	}
}

// Who proved their address to the former system stands in a column of its own, true or false; everybody else proves it here.
func TestAddressesThatTheOtherSystemProved(t *testing.T) {
	for format, c := range map[importer.Format]struct{ text, wrong string }{
		importer.CSV: {"username,name,email_verified\n" +
			"yes@x.example,Yes,true\nshout@x.example,Shout, TRUE \nno@x.example,No,false\nempty@x.example,Empty,\n" +
			"one@x.example,One,1\nword@x.example,Word,yes\nmad@x.example,Mad,true false\n", "6 7 8"},
		importer.JSONLines: {`{"username":"yes@x.example","name":"Yes","email_verified":true}` + "\n" + `{"username":"shout@x.example","name":"S","email_verified":true}` + "\n" +
			`{"username":"no@x.example","name":"No","email_verified":false}` + "\n" + `{"username":"empty@x.example","name":"E"}` + "\n" +
			`{"username":"one@x.example","name":"One","email_verified":1}` + "\n" + `{"username":"word@x.example","name":"W","email_verified":"true"}` + "\n", "5 6"},
	} {
		t.Run(string(format), func(t *testing.T) {
			o := newOffice(t, onSQLite(t))
			counts, rejected := o.bring(format, "prc_one", c.text)
			if counts.Created != 4 || len(rejected) != len(strings.Fields(c.wrong)) {
				t.Fatalf("counted %+v, rejected %v", counts, rejected)
			}
			for _, line := range strings.Fields(c.wrong) {
				if !strings.HasPrefix(rejected[line], "email_verified: ") {
					t.Errorf("line %s: %q", line, rejected[line])
				}
			}
			for name, want := range map[string]bool{"yes": true, "shout": true, "no": false, "empty": false} {
				if user := o.user(name + "@x.example"); policy.MailboxProved(user) != want {
					t.Errorf("%s: proved %s", name, user.EmailVerifiedAt)
				}
			}
			counts, _ = o.bring(importer.CSV, "prc_one", "username,name,email_verified\nno@x.example,No,true\n")
			if user := o.user("no@x.example"); counts.Present != 1 || policy.MailboxProved(user) {
				t.Errorf("a later import changed a person: %+v, proved %s", counts, user.EmailVerifiedAt)
			}
		})
	}
}
