package sqlstore_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// named stores a person of this name; the user name is that of an address.
func (w *world) named(t testing.TB, p idp.Practice, username, name string) idp.User {
	t.Helper()
	u := w.user(p, username)
	u.Name = name
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateUser(ctx, u) })
	return u
}

// find lists the user names of those whom a query finds, by pages of two.
func (w *world) find(t testing.TB, p idp.Practice, q directory.UserQuery) []string {
	t.Helper()
	return pages(t, 2, func(page sqlstore.Page) ([]directory.Person, string, error) {
		return w.SearchUsers(t.Context(), p.ID, q, page, w.now)
	}, func(p directory.Person) string { return strings.TrimSuffix(p.User.Username, "@x.example") })
}

func testUserSearch(t *testing.T, w *world) {
	p := w.practice("Search")
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreatePractice(ctx, p) })
	for username, name := range map[string]string{
		"a": "Émile O’Brien-Zola", "b": "EMILIA O'BRIEN", "c": "Łukasz  van der Berg", "d": "会計 太郎", "e": "Έλλη Παπαδοπούλου",
		"f": "100% Under_Score", "g": "E\u0301mile Decomposed", "h": "", "i": "Ämilie \u202e<script>", "emil.k": "Zed", "k%": "k_l",
		"l": strings.Repeat("é", 400), "m": "İpek Işık", "n": "नमस्ते दुनिया",
		"o": "Jürgen Müller-Straße", "p": "Muller Smith‑Jones", "q": "مُحَمَّد عَلِيّ",
	} {
		w.named(t, p, username+"@x.example", name)
	}
	w.named(t, w.other, "emil.other@x.example", "Émile Other") // ABUSE 32: never found from here
	for typed, want := range map[string][]string{
		"emil": {"b", "a", "g", "emil.k"}, "EMIL": {"b", "a", "g", "emil.k"}, "émile": {"a", "g"}, "E\u0301MILE": {"a", "g"}, "emile": {"a", "g"},
		"o'b": {"b", "a"}, "OB": {"b", "a"}, "O’brien": {"b", "a"}, "obrien": {"b", "a"}, "zola": {"a"}, "brien-zo": {"a"}, "brienzola": {"a"},
		"brien zola": {"a"}, "  emil  ": {"b", "a", "g", "emil.k"}, "rien": {"b", "a"},
		"lukasz": {"c"}, "łuk": {"c"}, "der": {"c", "f"}, "van berg": {"c"}, "berg van": {"c"}, "van zola": nil, "emil brien": {"b", "a"},
		"会": {"d"}, "太郎": {"d"}, "郎": {"d"}, "計太": nil, "計 太": {"d"}, "ελ": {"e"}, "ΠΑΠ": {"e"}, "πουλου": {"e"},
		"100": {"f"}, "100%": {"f"}, "under_": {"f"}, "score": {"f"}, "k%": {"k%"}, "k_": {"k%"}, "_": {"f", "k%"}, "%": {"f", "k%"}, "!!!": nil, `\`: nil, "'": nil, "-": nil,
		"script": {"i"}, "ami": {"i"}, strings.Repeat("é", 400): {"l"}, strings.Repeat("é", 401): nil, strings.Repeat("x", 1<<20): nil,
		"isik": {"m"}, "नम": {"n"}, "emil.k@": {"emil.k"}, "emil.k@x.example": {"emil.k"}, "emil.k@x.examplex": nil, "zed emil.k": {"emil.k"}, "x.example": nil, "example": nil, "k@x zed": {"emil.k"},
		"\x00": nil, "emil\x00": {"b", "a", "g", "emil.k"}, "\xff": nil, "'; DROP TABLE users; --": nil, "\U0010FFFF": nil, "a b c d e f g h": {"c"},
		"muller": {"o", "p"}, "MÜLLER": {"o", "p"}, "strasse": {"o"}, "straße": {"o"}, "محمد": {"q"}, "مُحَمَّد": {"q"}, "smithjones": {"p"}, "smith jones": {"p"},
	} {
		slices.Sort(want)
		got := w.find(t, p, directory.UserQuery{Search: typed, Sort: directory.SortUsername})
		if !slices.Equal(got, want) {
			t.Errorf("%.40q finds %q, want %q", typed, got, want)
		}
	}
	if n := len(w.find(t, p, directory.UserQuery{Search: " \t "})); n != 17 {
		t.Errorf("no search finds %d of 17", n)
	}
	if found := w.find(t, w.mine, directory.UserQuery{Search: "emil"}); found != nil {
		t.Errorf("another practice finds %q", found)
	}
}

// What is searched is what people are called now.
func testUserSearchFollows(t *testing.T, w *world) {
	u := w.named(t, w.mine, "old@x.example", "Ann Elder")
	u.Name, u.Username = "Ann Younger", "new@x.example"
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateUser(ctx, u) })
	for typed, want := range map[string][]string{"elder": nil, "younger": {"new"}, "ann": {"new"}, "old": nil, "new": {"new"}} {
		if got := w.find(t, w.mine, directory.UserQuery{Search: typed}); !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", typed, got, want)
		}
	}
	u.Name = "Lost"
	err := w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateUser(ctx, u) })
	wants(t, err, idp.ErrConflict) // the version has moved on: its words have not
	if got := w.find(t, w.mine, directory.UserQuery{Search: "lost"}); got != nil {
		t.Errorf("an edit that lost is found: %q", got)
	}
}

// crowd stores a person for each thing that a filter looks at, by user name.
func (w *world) crowd(t testing.TB, p idp.Practice) map[string]idp.User {
	t.Helper()
	all := map[string]idp.User{}
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		if err := tx.CreatePractice(ctx, p); err != nil {
			return err
		}
		for name, change := range map[string]func(*idp.User){
			"plain": func(*idp.User) {}, "boss": func(u *idp.User) { u.Roles = []idp.Role{idp.RoleSystemAdministrator} },
			"manager": func(u *idp.User) { u.Roles = []idp.Role{idp.RoleUserManagement} },
			"staff":   func(u *idp.User) { u.Roles = []idp.Role{idp.RoleAPSStaff} },
			"invited": func(u *idp.User) { u.PasswordHash, u.PasswordChangedAt = idp.Secret{}, time.Time{} },
			"gone":    func(u *idp.User) { u.State, u.Roles = idp.UserDisabled, []idp.Role{idp.RoleUserManagement} },
		} {
			u := w.user(p, name+"@x.example")
			u.Roles = nil
			change(&u)
			if err := tx.CreateUser(ctx, u); err != nil {
				return err
			}
			all[name] = u
		}
		for _, a := range []idp.Authenticator{w.totp(all["plain"]), w.sms(all["plain"]), w.sms(all["boss"]), w.sms(all["boss"]), w.passkey(all["plain"]), w.totp(all["gone"])} {
			if err := tx.CreateAuthenticator(ctx, a); err != nil {
				return err
			}
		}
		return tx.StartSession(ctx, w.session(all["plain"], w.app))
	})
	return all
}

func testUserFilters(t *testing.T, w *world) {
	p := w.practice("Filters")
	all := w.crowd(t, p)
	lock := func(subject string, proof idp.Proof, until time.Time) {
		t.Helper()
		must(t, w.updateGuard(t, subject, proof, func(g idp.Guard) idp.Guard {
			g.Locked, g.LockedUntil, g.UpdatedAt = true, until, w.now
			return g
		}))
	}
	lock(policy.PasswordGuard(all["boss"].Username), idp.ProofPassword, w.now.Add(time.Minute))
	lock(string(all["plain"].ID), idp.ProofPIN, time.Time{})
	lock(string(all["invited"].ID), idp.ProofCode, w.now) // over
	lock(policy.PasswordGuard(w.bob.Username), idp.ProofPassword, w.now.Add(time.Minute))
	lock("usr_none", idp.ProofCode, time.Time{})
	for filter, want := range map[directory.UserFilter][]string{
		directory.FilterAll:         {"boss", "gone", "invited", "manager", "plain", "staff"},
		directory.FilterNotEnrolled: {"invited", "manager", "staff"},
		directory.FilterNoPasskey:   {"boss", "invited", "manager", "staff"},
		directory.FilterLocked:      {"boss", "plain"},
		directory.FilterNeverSigned: {"boss", "invited", "manager", "staff"},
		directory.FilterInvited:     {"invited"},
		directory.FilterDisabled:    {"gone"},
		directory.FilterManagers:    {"boss", "gone", "manager"},
	} {
		if got := w.find(t, p, directory.UserQuery{Filter: filter}); !slices.Equal(got, want) {
			t.Errorf("filter %q finds %q, want %q", filter, got, want)
		}
		search := want[:1]
		if got := w.find(t, p, directory.UserQuery{Filter: filter, Search: search[0][:3]}); !slices.Equal(got, search) {
			t.Errorf("filter %q with a search finds %q, want %q", filter, got, search)
		}
	}
	_, _, err := w.SearchUsers(t.Context(), p.ID, directory.UserQuery{Filter: "odd"}, sqlstore.Page{}, w.now)
	wants(t, err, idp.ErrInvalid)

	people, _, err := w.SearchUsers(t.Context(), p.ID, directory.UserQuery{}, sqlstore.Page{}, w.now)
	must(t, err)
	var lines []string
	for _, person := range people {
		if !person.User.PasswordHash.IsZero() {
			t.Errorf("a list shows the password hash of %s", person.User.Username)
		}
		lines = append(lines, fmt.Sprint(person.User.Name, person.Kinds, person.User.Invited(), person.Locked))
	}
	same(t, lines, []string{
		"Ada Łovelace[sms] false true", "Ada Łovelace[totp] false false", "Ada Łovelace[] true false",
		"Ada Łovelace[] false false", "Ada Łovelace[passkey sms totp] false true", "Ada Łovelace[] false false",
	})
}

func testCounts(t *testing.T, w *world) {
	p := w.practice("Counts")
	w.crowd(t, p)
	got, err := w.CountPractice(t.Context(), p.ID)
	must(t, err)
	same(t, got, directory.Counts{People: 5, Enrolled: 2, Passkeys: 1, Managers: 1, Invited: 1, NeverSigned: 4, Disabled: 1})
	after := w.now.AddDate(1, 0, 0)
	counts, err := w.CountMFA(t.Context(), p.ID, []time.Time{w.now.AddDate(-1, 0, 0), after, after.AddDate(0, 0, 7)})
	must(t, err)
	same(t, counts, []directory.MFACount{
		{At: w.now.AddDate(-1, 0, 0)}, {At: after, People: got.People, Ready: got.Enrolled}, {At: after.AddDate(0, 0, 7), People: got.People, Ready: got.Enrolled},
	})
	got, err = w.CountPractice(t.Context(), "prc_none")
	must(t, err)
	same(t, got, directory.Counts{})

	managers, err := w.ListManagers(t.Context(), p.ID, idp.RoleUserManagement)
	must(t, err)
	same(t, ids(managers, func(u idp.User) string { return u.Username }), []string{"manager@x.example"})
	mailboxes, err := w.ListMailboxes(t.Context(), p.ID, 3)
	must(t, err)
	same(t, mailboxes, []string{"boss@x.example", "invited@x.example", "manager@x.example"})
	mailboxes, err = w.ListMailboxes(t.Context(), p.ID, 100)
	must(t, err)
	same(t, len(mailboxes), 5)
}

func testNamedSearch(t *testing.T, w *world) {
	at := w.now
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		for n, name := range []string{"Ärzte & Co", "ärztehaus", "Smith & Sons", "The Smiths", "100% Tax_ation"} {
			p, c := w.practice(name), w.client(idp.ClientID(fmt.Sprintf("app-%d", n)))
			p.State, p.MFA = []idp.PracticeState{idp.PracticeActive, idp.PracticeSuspended}[n%2], []idp.MFAState{idp.MFAOff, idp.MFARequested, idp.MFAActive}[n%3]
			c.Name, c.ReviewAt = name, at.Add(time.Duration(n)*time.Hour)
			if n%2 == 0 {
				c.Kind, c.PracticeID = idp.ClientMachine, w.mine.ID
			}
			if n == 3 {
				c.ReviewAt, c.PracticeID = time.Time{}, w.other.ID
			}
			if err := tx.CreatePractice(ctx, p); err != nil {
				return err
			}
			if err := tx.CreateClient(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	practices := func(q directory.PracticeQuery) []string {
		return pages(t, 2, func(p sqlstore.Page) ([]idp.Practice, string, error) { return w.SearchPractices(t.Context(), q, p) },
			func(p idp.Practice) string { return p.Name })
	}
	clients := func(q directory.ClientQuery) []string {
		return pages(t, 2, func(p sqlstore.Page) ([]idp.Client, string, error) { return w.SearchClients(t.Context(), q, p) },
			func(c idp.Client) string { return c.Name })
	}
	for typed, want := range map[string][]string{
		"ÄRZ": {"Ärzte & Co", "ärztehaus"}, "smith": {"Smith & Sons", "The Smiths"}, "sons smith": {"Smith & Sons"}, "mith": {"Smith & Sons", "The Smiths"}, "arzte": {"Ärzte & Co", "ärztehaus"},
		"tax_": {"100% Tax_ation"}, "%": {"100% Tax_ation"}, "\x00": nil, "§": nil, "maui": {"Māui Ledgers"}, string(w.other.ID): {"Māui Ledgers"}, string(w.other.ID[:8]): nil,
	} {
		if got := practices(directory.PracticeQuery{Search: typed}); !slices.Equal(got, want) {
			t.Errorf("%q finds the practices %q, want %q", typed, got, want)
		}
	}
	same(t, practices(directory.PracticeQuery{State: idp.PracticeSuspended}), []string{"The Smiths", "ärztehaus"})
	same(t, practices(directory.PracticeQuery{MFA: idp.MFARequested, Search: "tax"}), []string{"100% Tax_ation"})
	for name, c := range map[string]struct {
		query directory.ClientQuery
		want  []string
	}{
		"word":          {directory.ClientQuery{Search: "smi"}, []string{"Smith & Sons", "The Smiths"}},
		"identifier":    {directory.ClientQuery{Search: "APP-2"}, []string{"Smith & Sons"}},
		"identifiers":   {directory.ClientQuery{Search: "app-"}, []string{"100% Tax_ation", "Smith & Sons", "The Smiths", "Ärzte & Co", "ärztehaus"}},
		"practice":      {directory.ClientQuery{PracticeID: w.mine.ID}, []string{"100% Tax_ation", "Smith & Sons", "Ärzte & Co"}},
		"other":         {directory.ClientQuery{PracticeID: w.other.ID}, []string{"The Smiths"}}, // ABUSE 32
		"other's app":   {directory.ClientQuery{PracticeID: w.other.ID, Search: "app-2"}, nil},
		"kind":          {directory.ClientQuery{Kinds: []idp.ClientKind{idp.ClientMachine}, Search: "app"}, []string{"100% Tax_ation", "Smith & Sons", "Ärzte & Co"}},
		"review":        {directory.ClientQuery{ReviewBy: at.Add(2 * time.Hour)}, []string{"Ärzte & Co", "ärztehaus"}},
		"nothing found": {directory.ClientQuery{Search: "none"}, nil},
	} {
		if got := clients(c.query); !slices.Equal(got, c.want) {
			t.Errorf("%s finds the clients %q, want %q", name, got, c.want)
		}
	}
}
