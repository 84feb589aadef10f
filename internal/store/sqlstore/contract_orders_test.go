package sqlstore_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// member is a person of a list, with what the orders look at.
type member struct {
	user  idp.User
	kinds string
	at    time.Time
}

// members stores a practice of people who are alike in much, and returns them with what each is sorted by.
func (w *world) members(t testing.TB, p idp.Practice) []member {
	t.Helper()
	names := []string{"Zoë Adams", "zoe adams", "ZOE ADAMS", "Ålund Berg", "alund berg", "O'Brien", "OBrien", "", "田中 太郎", "Émile", "emile", "Émilie", "Ann-Marie"}
	var all []member
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		all = nil
		if err := tx.CreatePractice(ctx, p); err != nil {
			return err
		}
		for i, name := range names {
			u := w.user(p, fmt.Sprintf("p%02d@x.example", i*5%len(names)))
			u.Name, u.Roles = name, [][]idp.Role{nil, nil, {idp.RoleUserManagement}, {idp.RoleSystemAdministrator, idp.RoleUserManagement}, {idp.RoleAPSStaff}}[i%5]
			m := member{user: u}
			if err := tx.CreateUser(ctx, u); err != nil {
				return err
			}
			bind := [][]idp.Authenticator{nil, {w.totp(u)}, {w.sms(u)}, {w.totp(u), w.sms(u)}}[i%4]
			for _, a := range bind {
				if err := tx.CreateAuthenticator(ctx, a); err != nil {
					return err
				}
			}
			m.kinds = []string{"", "totptotp", "smssms", "smstotp"}[i%4]
			if i%3 > 0 {
				s := w.session(u, w.app)
				s.CreatedAt = w.now.Add(time.Duration(i%2) * time.Hour) // equal times too
				m.at = s.CreatedAt
				if err := tx.StartSession(ctx, s); err != nil {
					return err
				}
			}
			all = append(all, m)
		}
		return nil
	})
	return all
}

// sorted returns their user names in the order that the documentation of directory.UserSort gives.
func sorted(all []member, sort directory.UserSort) []string {
	shown := func(m member) string { return cmp.Or(idp.Fold(m.user.Name), idp.Fold(m.user.Username)) }
	rights := func(m member) int {
		switch {
		case slices.Contains(m.user.Roles, idp.RoleSystemAdministrator):
			return 1
		case slices.Contains(m.user.Roles, idp.RoleUserManagement):
			return 2
		}
		return 4 - len(m.user.Roles)
	}
	ranks := map[directory.UserSort]func(a, b member) int{
		directory.SortName:       func(member, member) int { return 0 },
		directory.SortUsername:   func(a, b member) int { return strings.Compare(a.user.Username, b.user.Username) },
		directory.SortMFA:        func(a, b member) int { return strings.Compare(a.kinds, b.kinds) },
		directory.SortRights:     func(a, b member) int { return rights(a) - rights(b) },
		directory.SortLastSignin: func(a, b member) int { return a.at.Compare(b.at) },
	}
	turn := 1
	if sort.IsReverse() {
		turn = -1
	}
	people := slices.Clone(all)
	slices.SortFunc(people, func(a, b member) int {
		alike := cmp.Or(strings.Compare(shown(a), shown(b)), strings.Compare(a.user.Username, b.user.Username), strings.Compare(string(a.user.ID), string(b.user.ID)))
		if sort.Forward() == directory.SortName {
			return turn * alike
		}
		return cmp.Or(turn*ranks[sort.Forward()](a, b), alike)
	})
	return ids(people, func(m member) string { return m.user.Username })
}

func orders() (all []directory.UserSort) {
	for _, sort := range []directory.UserSort{
		directory.SortName, directory.SortUsername, directory.SortMFA, directory.SortRights, directory.SortLastSignin,
	} {
		all = append(all, sort, sort.Reverse())
	}
	return append(all, "")
}

func usernames(people []directory.Person) []string {
	return ids(people, func(p directory.Person) string { return p.User.Username })
}

// Every order is complete at any size of page, there and back, and each page knows its place.
func testUserOrders(t *testing.T, w *world) {
	p := w.practice("Orders")
	all := w.members(t, p)
	for _, sort := range orders() {
		want := sorted(all, sort)
		for _, size := range []int{1, 4, len(all), 50} {
			q := directory.UserQuery{Sort: sort}
			got := pages(t, size, func(page sqlstore.Page) ([]directory.Person, string, error) {
				return w.SearchUsers(t.Context(), p.ID, q, page, w.now)
			}, func(p directory.Person) string { return p.User.Username })
			if !slices.Equal(got, want) {
				t.Errorf("by %q, %d at a time:\n%q, want\n%q", sort, size, got, want)
			}
			if there := w.walk(t, p, q, size, false); !slices.Equal(there, want) {
				t.Errorf("by %q, %d at a time, there:\n%q, want\n%q", sort, size, there, want)
			}
			if back := w.walk(t, p, q, size, true); !slices.Equal(back, want) {
				t.Errorf("by %q, %d at a time, back:\n%q, want\n%q", sort, size, back, want)
			}
		}
	}
	for _, sort := range []directory.UserSort{"names", "-", "--name", "folded", "name; DROP TABLE users"} {
		_, err := w.BrowseUsers(t.Context(), p.ID, directory.UserQuery{Sort: sort}, directory.UserPage{}, w.now)
		if sort == "-" {
			must(t, err)
			continue
		}
		wants(t, err, idp.ErrInvalid)
	}
}

// walk reads the whole list from its beginning, or from its last page, and looks at what each page says about its place.
func (w *world) walk(t testing.TB, p idp.Practice, q directory.UserQuery, size int, back bool) (all []string) {
	t.Helper()
	page := directory.UserPage{Page: sqlstore.Page{Limit: size}, Back: back}
	var lengths []int
	for {
		list, err := w.BrowseUsers(t.Context(), p.ID, q, page, w.now)
		must(t, err)
		lengths = append(lengths, len(list.People))
		here, before := usernames(list.People), int64(len(all))
		if back {
			before = list.Total - before - int64(len(here))
			all = append(here, all...)
		} else {
			all = append(all, here...)
		}
		if list.Before != before || (list.Previous != "") != (list.Before > 0) || (list.Next != "") != (list.Before+int64(len(here)) < list.Total) {
			t.Fatalf("by %q, %d at a time: %+v, want %d before", q.Sort, size, list, before)
		}
		page.After = list.Next
		if back {
			page.After = list.Previous
		}
		if page.After == "" {
			break
		}
		if len(lengths) > 100 {
			t.Fatalf("by %q, %d at a time: no end", q.Sort, size)
		}
	}
	if back {
		slices.Reverse(lengths)
	}
	for i, n := range lengths { // the pages on the way back are those of the way there
		if i < len(lengths)-1 && n != size {
			t.Errorf("by %q, %d at a time: pages of %v", q.Sort, size, lengths)
		}
	}
	return all
}

// Whatever becomes of the person at the end of a page, the next page goes on from there.
func testUserOrdersHold(t *testing.T, w *world) {
	p := w.practice("Hold")
	all := w.members(t, p)
	for n, sort := range orders() {
		if sort == directory.SortUsername {
			continue // its cursors are the person, as the previous release knows them
		}
		want := sorted(all, sort)
		q := directory.UserQuery{Sort: sort}
		first, err := w.BrowseUsers(t.Context(), p.ID, q, directory.UserPage{Page: sqlstore.Page{Limit: 5}}, w.now)
		must(t, err)
		last := first.People[4].User
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
			u, err := tx.FindUser(ctx, p.ID, last.ID)
			if err != nil {
				return err
			}
			u.Name, u.Roles = fmt.Sprintf("%s Moved", []string{"Aa", "Zz"}[n%2]), []idp.Role{idp.RoleAPSStaff}
			u.Username = fmt.Sprintf("%d-moved@x.example", n)
			if err := tx.UpdateUser(ctx, u); err != nil {
				return err
			}
			if _, err := tx.RevokeMFA(ctx, p.ID, u.ID); err != nil {
				return err
			}
			s := w.session(u, w.app)
			s.CreatedAt = w.now.Add(time.Duration(n+5) * time.Hour)
			return tx.StartSession(ctx, s)
		})
		rest, err := w.BrowseUsers(t.Context(), p.ID, q, directory.UserPage{Page: sqlstore.Page{After: first.Next}}, w.now)
		must(t, err)
		got := slices.DeleteFunc(usernames(rest.People), func(name string) bool { return strings.Contains(name, "moved") })
		wanted := slices.DeleteFunc(slices.Clone(want[5:]), func(name string) bool { return strings.Contains(name, "moved") })
		if !slices.Equal(got, wanted) {
			t.Errorf("by %q goes on with %q, want %q", sort, got, wanted)
		}
		for i := range all { // who was moved is as the next order finds them
			if all[i].user.ID == last.ID {
				all[i].user.Username, all[i].user.Name, all[i].user.Roles = fmt.Sprintf("%d-moved@x.example", n), fmt.Sprintf("%s Moved", []string{"Aa", "Zz"}[n%2]), []idp.Role{idp.RoleAPSStaff}
				all[i].kinds, all[i].at = "", w.now.Add(time.Duration(n+5)*time.Hour)
			}
		}
	}

	// Those who came after the cursor are gone from the list: the last page is shown, and with nobody left, none.
	q := directory.UserQuery{Search: "moved"}
	list, err := w.BrowseUsers(t.Context(), p.ID, q, directory.UserPage{Page: sqlstore.Page{Limit: 2}, Back: true}, w.now)
	must(t, err)
	beyond, err := w.BrowseUsers(t.Context(), p.ID, directory.UserQuery{Search: "aa moved"}, directory.UserPage{Page: sqlstore.Page{After: list.Previous}}, w.now)
	must(t, err)
	if len(beyond.People) == 0 || beyond.Total == 0 || beyond.Before+int64(len(beyond.People)) != beyond.Total {
		t.Errorf("beyond the end: %+v", beyond)
	}
	none, err := w.BrowseUsers(t.Context(), p.ID, directory.UserQuery{Search: "nobody"}, directory.UserPage{Page: sqlstore.Page{After: list.Previous}}, w.now)
	must(t, err)
	same(t, none, directory.UserList{})
}

// ABUSE 32: a cursor that somebody has made up, or that belongs to another practice or order, leads nowhere.
func testUserCursors(t *testing.T, w *world) {
	p := w.practice("Cursors")
	w.members(t, p)
	made := func(parts ...string) string {
		return "at." + base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, "\n")))
	}
	for what, c := range map[string]struct {
		sort   directory.UserSort
		cursor string
	}{
		"another practice's person": {"", string(w.bob.ID)}, "nobody": {"", "usr_none"}, "no base64": {"", "at.%%%"}, "no parts": {"", made("name")},
		"another order": {"", made("-name", "", "usr_x", "a")}, "no time": {directory.SortLastSignin, made("last_sign_in", "yesterday", "usr_x", "a")},
		"a NUL": {"", made("name", "", "usr_x", "a\x00")}, "no UTF-8": {"", made("name", "", "usr_x", "a\xff")}, "SQL": {"", "'; DROP TABLE users; --"},
	} {
		for _, back := range []bool{false, true} {
			_, err := w.BrowseUsers(t.Context(), p.ID, directory.UserQuery{Sort: c.sort}, directory.UserPage{Page: sqlstore.Page{After: c.cursor}, Back: back}, w.now)
			if idp.CodeOf(err) != idp.CodeInvalid {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	theirs, err := w.BrowseUsers(t.Context(), p.ID, directory.UserQuery{}, directory.UserPage{Page: sqlstore.Page{Limit: 2}}, w.now)
	must(t, err)
	mine, err := w.BrowseUsers(t.Context(), w.mine.ID, directory.UserQuery{}, directory.UserPage{Page: sqlstore.Page{After: theirs.Next}, Back: true}, w.now)
	must(t, err)
	for _, person := range mine.People { // a place in the alphabet, and no more
		same(t, person.User.PracticeID, w.mine.ID)
	}
}

// ABUSE 32: a selection shows those of the practice, and nobody else.
func testUserSelection(t *testing.T, w *world) {
	p := w.practice("Selection")
	all := w.members(t, p)
	chosen := []idp.UserID{all[3].user.ID, all[0].user.ID, w.bob.ID, w.ada.ID, "usr_none", all[0].user.ID}
	list, err := w.BrowseUsers(t.Context(), p.ID, directory.UserQuery{IDs: chosen}, directory.UserPage{}, w.now)
	must(t, err)
	same(t, usernames(list.People), []string{all[3].user.Username, all[0].user.Username})
	same(t, list.Total, 2)
	list, err = w.BrowseUsers(t.Context(), p.ID, directory.UserQuery{IDs: []idp.UserID{}}, directory.UserPage{}, w.now)
	must(t, err)
	same(t, list.Total, 0)
}

// ABUSE 47: people whom a node of the version before writes are found at once, by what they are called now.
func testUserSearchUnfolded(t *testing.T, w *world) {
	w.oldUser(t, "late", "Zoë O''Brien")
	u := w.named(t, w.mine, "renamed@x.example", "Ann Elder")
	w.exec(t, "UPDATE users SET name = 'Bjørn Younger', version = version + 1 WHERE id = '"+string(u.ID)+"'")
	moved := w.named(t, w.mine, "old@x.example", "Ann Moved")
	w.exec(t, "UPDATE users SET username = 'new@x.example', version = version + 1 WHERE id = '"+string(moved.ID)+"'")
	for _, when := range []string{"before", "after"} {
		for typed, want := range map[string][]string{
			"zoe": {"late"}, "obrien": {"late"}, "elder": nil, "bjorn": {"renamed"}, "ann": {"new"}, "old": nil, "new": {"new"}, "@x.example": {"late", "new", "renamed"}, "example": nil,
		} {
			if got := w.find(t, w.mine, directory.UserQuery{Search: typed, Sort: directory.SortUsername}); !slices.Equal(got, want) {
				t.Errorf("%s a repair %q finds %q, want %q", when, typed, got, want)
			}
		}
		list, err := w.BrowseUsers(t.Context(), w.mine.ID, directory.UserQuery{}, directory.UserPage{}, w.now)
		must(t, err)
		same(t, list.Total, 4) // nobody is missing
		mended, err := w.Repair(t.Context())
		must(t, err)
		same(t, mended, map[string]int64{"before": 3, "after": 0}[when])
	}
}
