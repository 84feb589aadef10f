package adminapi_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testworld"
)

// rows say how operations answer the administrator of a practice, where a look at the names in their paths does not: 403 where it is
// APS's alone and what the path names is not even looked up, and 404 to what names another practice in the query or the body. "{…}"
// stands for a name of the other practice.
func rows() map[string]struct {
	query, body string
	status      int
} {
	type attack = struct {
		query, body string
		status      int
	}
	return map[string]attack{
		"list-practices":        {status: http.StatusForbidden},
		"create-practice":       {status: http.StatusForbidden},
		"list-activations":      {status: http.StatusForbidden},
		"count-client-sessions": {status: http.StatusForbidden},
		"list-clients":          {query: "?practice={practice}", status: http.StatusNotFound},
		"register-client": {
			body:   `{"id":"mine","name":"Mine","kind":"machine","practice_id":"{practice}","scopes":["users:read"],"owner":"A","purpose":"B","review_at":"2030-01-01T00:00:00Z"}`,
			status: http.StatusNotFound,
		},
		"list-cases": {query: "?practice={practice}", status: http.StatusForbidden},
		"open-case": {
			body:   `{"practice_id":"{practice}","user_id":"{user}","action":"grant_user_management","reason":"Because."}`,
			status: http.StatusNotFound,
		},
	}
}

// things creates, in a practice, one of everything that a path can name, and returns their names. who has no rights; boss manages
// the practice; client is one of its integrations.
func (w *world) things(practice idp.PracticeID, boss, who string, client idp.ClientID) map[string]string {
	w.t.Helper()
	session := w.session(who)
	secret := w.client(client).Secrets[0].ID
	staff := directory.Caller{Actor: idp.Actor{Kind: idp.ActorStaff, ID: w.id("riley")}, Proved: testworld.Fresh()}
	opened, err := w.node.Directory().Cases.OpenCase(w.t.Context(), staff, directory.NewCase{
		PracticeID: practice, UserID: w.people[who].User.ID, Action: idp.CaseResetMFA, Reason: "Lost the phone.",
	}, w.now())
	must(w.t, err)
	manager := directory.Caller{Actor: idp.Actor{Kind: idp.ActorUser, ID: w.id(boss)}, Proved: testworld.Fresh()}
	asked, err := w.node.Directory().Practices.RequestActivation(w.t.Context(), manager, practice, "Please.", w.now())
	must(w.t, err)
	return map[string]string{
		"practice": string(practice), "user": w.id(who), "client": string(client), "secret": secret, "app": "contacts",
		"session": string(session), "case": string(opened.ID), "activation": string(asked.ID),
	}
}

// session signs a person in and returns the session.
func (w *world) session(name string) idp.SID {
	w.t.Helper()
	w.signIn(name)
	user := w.people[name].User
	found, _, err := w.node.Records().ListSessions(w.t.Context(), user.PracticeID, user.ID, directory.Page{})
	must(w.t, err)
	if len(found) == 0 {
		w.t.Fatalf("%s has no session", name)
	}
	return found[0].ID
}

func (w *world) client(id idp.ClientID) idp.Client {
	w.t.Helper()
	client, err := w.node.Directory().Clients.FindClient(w.t.Context(), w.system, id, w.now())
	must(w.t, err)
	return client
}

// body is what an attacker sends: the example, and a version that may be right.
func (r route) sent(t *testing.T, names map[string]string) (body string, headers []string) {
	t.Helper()
	body = strings.NewReplacer("usr_mia", names["user"], "prc_harbour", names["practice"]).Replace(r.example(t))
	if r.method == http.MethodPatch {
		headers = []string{"If-Match", `"1"`}
	}
	return body, headers
}

// TestEveryOperationIsAttacked: a new operation that no row covers fails it.
func TestEveryOperationIsAttacked(t *testing.T) { // ABUSE 32, 33
	for name, choose := range stores() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, choose)
			ours := w.things(kauri, "hemi", "rua", "bgl")
			theirs := w.things(harbour, "sara", "mia", "fusesign")
			aroha, tom := w.signIn("aroha").access, w.signIn("tom").access
			rows := rows()
			for _, r := range routesOf(t, w) {
				t.Run(r.ID, func(t *testing.T) {
					w := w.under(t)
					row, found := rows[r.ID]
					delete(rows, r.ID)
					switch named := len(r.names()) > 0; {
					case found:
						w.wantRowHeld(r, aroha, row.query, row.body, theirs, row.status)
					case named:
						w.wantHidden(r, aroha, ours, theirs)
						w.wantRefused(r, tom, theirs)
					default:
						t.Fatalf("no row says how another practice's administrator is refused: add one")
					}
				})
			}
			for _, id := range slices.Sorted(maps.Keys(rows)) {
				t.Errorf("a row for %s, which does not exist", id)
			}
		})
	}
}

// under is the world in a part of the test.
func (w *world) under(t *testing.T) *world {
	return &world{
		t: t, issuer: w.issuer, node: w.node, keys: w.keys, system: w.system, people: w.people, keyOf: w.keyOf, secret: w.secret, clock: w.clock,
	}
}

// wantHidden: for each name in the path, another practice's object is answered as if it did not exist, and the attempt is recorded in
// the caller's practice.
func (w *world) wantHidden(r route, token string, ours, theirs map[string]string) {
	w.t.Helper()
	for _, name := range r.names() {
		if name == "app" || name == "secret" { // an app is common to all practices; a secret is named together with its client
			continue
		}
		names := maps.Clone(ours)
		names[name] = theirs[name]
		body, headers := r.sent(w.t, names)
		since := w.now()
		got := w.ask(r.method, r.at(w.t, names), token, body, headers...)
		if got.status != http.StatusNotFound {
			w.t.Errorf("another practice's %s: %d %s", name, got.status, got.body)
			continue
		}
		got.problem(w.t)
		w.wantEvent(kauri, since, "aroha")
	}
}

// wantRefused: a caller without rights is refused in their own practice, and the attempt is on record there.
func (w *world) wantRefused(r route, token string, names map[string]string) {
	w.t.Helper()
	body, headers := r.sent(w.t, names)
	since := w.now()
	got := w.ask(r.method, r.at(w.t, names), token, body, headers...)
	if got.status != http.StatusForbidden {
		w.t.Errorf("without rights: %d %s", got.status, got.body)
		return
	}
	if kind := got.kind(w.t); kind != "forbidden" {
		w.t.Errorf("without rights: %s", got.body)
	}
	w.wantEvent(harbour, since, "tom")
}

func (w *world) wantRowHeld(r route, token, query, body string, theirs map[string]string, status int) {
	w.t.Helper()
	for name, value := range theirs {
		query = strings.ReplaceAll(query, "{"+name+"}", value)
		body = strings.ReplaceAll(body, "{"+name+"}", value)
	}
	if body == "" {
		body, _ = r.sent(w.t, theirs)
	}
	since := w.now()
	got := w.ask(r.method, r.at(w.t, theirs)+query, token, body)
	if got.status != status {
		w.t.Errorf("%d, want %d: %s", got.status, status, got.body)
	}
	got.problem(w.t)
	w.wantEvent(kauri, since, "aroha")
}

// wantEvent: a failure of this person stands in the trail of the practice.
func (w *world) wantEvent(practice idp.PracticeID, since time.Time, who string) {
	w.t.Helper()
	found := w.events(practice, since.Add(-time.Millisecond))
	for _, e := range found {
		if e.Result == idp.ResultFailure && e.Actor.ID == w.id(who) && e.Reason != "" && e.Address != "" && e.UserAgent != "" {
			return
		}
	}
	w.t.Errorf("no failure of %s on record: %+v", who, found)
}
