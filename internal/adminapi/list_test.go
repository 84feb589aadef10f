package adminapi_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func everybody() directory.UserQuery { return directory.UserQuery{} }
func first() directory.Page          { return directory.Page{} }

// page is a page of people.
type page struct {
	Items []struct {
		Username string `json:"username"`
		Locked   bool   `json:"locked"`
		Invited  bool   `json:"invited"`
	} `json:"items"`
	NextCursor string `json:"next_cursor"`
}

func (w *world) pageAt(token, path string) (page, http.Header) {
	w.t.Helper()
	got := w.ask("GET", path, token, "")
	var p page
	if got.status != http.StatusOK {
		w.t.Fatalf("%s: %d %s", path, got.status, got.body)
	}
	must(w.t, json.Unmarshal([]byte(got.body), &p))
	return p, got.header
}

// Pages follow one another by cursor and by link alike, and leave no person out while another one joins.
func TestPagesFollowOneAnother(t *testing.T) {
	for name, choose := range stores() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, choose)
			for i := range 7 {
				_, err := w.node.Directory().People.CreateUser(t.Context(), w.system, directory.NewUser{
					PracticeID: kauri, Username: "p" + strconv.Itoa(i) + "@kauri.example", Name: "Pat",
				}, w.now())
				must(t, err)
			}
			aroha := w.signIn("aroha").access
			var names []string
			path := "/practices/" + string(kauri) + "/users?limit=3"
			for path != "" {
				p, header := w.pageAt(aroha, path)
				for _, person := range p.Items {
					names = append(names, person.Username)
				}
				path = ""
				if link := header.Get("Link"); link != "" {
					target, rel, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">; ")
					if rel != `rel="next"` || p.NextCursor == "" || !strings.Contains(target, "limit=3") {
						t.Fatalf("link %q, cursor %q", link, p.NextCursor)
					}
					path = strings.TrimPrefix(target, "/api/v1")
				} else if p.NextCursor != "" {
					t.Fatal("a cursor and no link")
				}
			}
			if len(names) != 10 || !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != 10 {
				t.Errorf("%d: %q", len(names), names)
			}
		})
	}
}

func TestFiltersOfPeople(t *testing.T) {
	for name, choose := range stores() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, choose)
			ctx, d := t.Context(), w.node.Directory()
			_, err := d.People.InviteUser(ctx, w.system, directory.Invitation{PracticeID: harbour, Username: "noor@harbour.example", Name: "Noor Haddad"}, w.now())
			must(t, err)
			must(t, d.People.DisableUser(ctx, w.system, w.people["tom"].User.ID, w.now()))
			must(t, w.lock("mia"))
			admin := w.machineToken("aps-admin")
			for query, want := range map[string][]string{
				"filter=not_enrolled":    {"noor"},
				"filter=invited":         {"noor"},
				"filter=disabled":        {"tom"},
				"filter=locked":          {"mia"},
				"filter=managers":        {"olivia", "sara"},
				"filter=never_signed_in": {"mia", "noor", "olivia", "sara"},
				"search=add":             {"noor"},
				"search=hádd":            {"noor"},
				"search=OLI":             {"olivia"},
				"search=nobody":          nil,
				"search=a%25":            nil,
				"search=noor&sort=name":  {"noor"},
				"sort=-username":         {"tom", "sara", "olivia", "noor", "mia"},
				"sort=name":              {"mia", "noor", "olivia", "sara", "tom"},
			} {
				p, _ := w.pageAt(admin, "/practices/"+string(harbour)+"/users?"+query)
				var got []string
				for _, person := range p.Items {
					local, _, _ := strings.Cut(person.Username, "@")
					got = append(got, local)
					if person.Locked != (local == "mia") || person.Invited != (local == "noor") {
						t.Errorf("%s: %+v", query, person)
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s: %q, want %q", query, got, want)
				}
			}
		})
	}
}

// lock locks a person's password, as wrong ones do.
func (w *world) lock(name string) error {
	user := w.people[name].User
	return w.node.Records().InTx(w.t.Context(), func(tx *sqlstore.Tx) error {
		return tx.UpdateGuard(w.t.Context(), user.Username, idp.ProofPassword, func(g idp.Guard) idp.Guard {
			g.Locked, g.LockedUntil, g.UpdatedAt = true, w.now().Add(time.Hour), w.now()
			return g
		})
	})
}
