package adminapi_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

// tour carries out operations as the document shows them.
type tour struct {
	*world
	routes  map[string]route
	schemas map[string]schema
	names   map[string]string
	done    map[string]bool
}

func newTour(t *testing.T, choose func(*testing.T) (database *seed, redis string)) *tour {
	t.Helper()
	w := newWorld(t, choose)
	tr := &tour{world: w, routes: map[string]route{}, done: map[string]bool{}, schemas: schemasOf(t, w), names: map[string]string{
		"practice": string(harbour), "user": w.id("mia"), "client": "fusesign", "app": "contacts",
	}}
	for _, r := range routesOf(t, w) {
		tr.routes[r.ID] = r
	}
	return tr
}

// do carries one out with the body of its example, and holds the answer to the document.
func (tr *tour) do(token, id string) answer {
	tr.t.Helper()
	r, found := tr.routes[id]
	if !found {
		tr.t.Fatalf("there is no %s", id)
	}
	body := strings.NewReplacer("usr_mia", tr.names["user"], "prc_harbour", tr.names["practice"]).Replace(r.example(tr.t))
	return tr.send(token, r, body)
}

func (tr *tour) send(token string, r route, body string) answer {
	tr.t.Helper()
	path := r.at(tr.t, tr.names)
	var headers []string
	if r.method == http.MethodPatch {
		headers = []string{"If-Match", tr.ask(http.MethodGet, path, token, "").header.Get("ETag")}
	}
	got := tr.ask(r.method, path, token, body, headers...)
	documented, found := r.Responses[strconv.Itoa(got.status)]
	if got.status > 299 || !found {
		tr.t.Fatalf("%s: %d %s", r.ID, got.status, got.body)
	}
	tr.done[r.ID] = true
	tr.hold(r.ID, documented, got.body)
	return got
}

// member is a member of an answer.
func (a answer) member(t *testing.T, name string) string {
	t.Helper()
	var members map[string]any
	must(t, json.Unmarshal([]byte(a.body), &members))
	text, _ := members[name].(string)
	if text == "" {
		t.Fatalf("no %s in %s", name, a.body)
	}
	return text
}

// TestExamplesAreCarriedOut goes through every operation with its example.
func TestExamplesAreCarriedOut(t *testing.T) {
	for name, choose := range stores() {
		t.Run(name, func(t *testing.T) {
			tr := newTour(t, choose)
			admin := tr.machineToken("aps-admin")
			tr.practices(admin)
			tr.activations(admin, tr.signIn("olivia").access) // suspending the practice would have ended her session
			tr.users(admin)
			tr.clients(admin)
			tr.cases(tr.signIn("riley").access, tr.signIn("sam").access)
			for _, id := range slices.Sorted(maps.Keys(tr.routes)) {
				if !tr.done[id] {
					t.Errorf("%s is in the document, and its example was not tried", id)
				}
			}
		})
	}
}

func (tr *tour) practices(admin string) {
	for _, id := range []string{
		"list-practices", "create-practice", "show-practice", "edit-practice", "suspend-practice", "resume-practice",
		"count-practice-sessions", "remove-practice-app", "add-practice-app", "list-events",
	} {
		tr.do(admin, id)
	}
}

func (tr *tour) activations(admin, olivia string) {
	tr.do(olivia, "check-prerequisites")
	tr.do(olivia, "request-activation")
	tr.do(olivia, "withdraw-activation")
	tr.names["activation"] = tr.do(olivia, "request-activation").member(tr.t, "id")
	tr.do(admin, "list-activations")
	tr.do(admin, "decline-activation")
	tr.names["activation"] = tr.do(olivia, "request-activation").member(tr.t, "id")
	tr.do(admin, "activate-mfa")
	tr.do(admin, "require-mfa")
	tr.do(admin, "stop-requiring-mfa")
	if mfa := tr.do(admin, "show-practice").member(tr.t, "mfa"); mfa != string(idp.MFAActive) {
		tr.t.Errorf("MFA is %s", mfa)
	}
}

func (tr *tour) users(admin string) {
	mia := tr.names["user"]
	tr.do(admin, "list-users")
	tr.names["session"] = string(tr.session("mia"))
	tr.do(admin, "list-sessions")
	tr.do(admin, "explain-signin")
	tr.do(admin, "end-session")
	for _, id := range []string{"show-user", "edit-user", "unlock-user", "send-password-reset", "reset-mfa", "remind-mfa", "disable-user", "enable-user"} {
		tr.do(admin, id)
	}
	tr.names["user"] = tr.do(admin, "invite-user").member(tr.t, "id")
	tr.do(admin, "resend-invite")
	tr.do(admin, "revoke-invite")
	tr.names["user"] = tr.id("tom")
	path := "/users/" + tr.id("tom")
	version := tr.ask(http.MethodGet, path, admin, "").header.Get("ETag")
	renamed := tr.ask(http.MethodPatch, path, admin, `{"username": "tom.okafor@harbourfinch.example"}`, "If-Match", version)
	if renamed.status != http.StatusOK || !strings.Contains(renamed.body, `"username_confirmed":false`) {
		tr.t.Fatalf("another user name: %d %s", renamed.status, renamed.body)
	}
	tr.do(admin, "resend-confirmation")
	tr.names["user"] = mia
}

func (tr *tour) clients(admin string) {
	tr.do(admin, "list-clients")
	tr.do(admin, "register-client").member(tr.t, "client_secret")
	tr.do(admin, "show-client")
	tr.do(admin, "count-client-sessions")
	tr.do(admin, "edit-client")
	added := tr.do(admin, "add-secret")
	added.member(tr.t, "client_secret")
	tr.names["secret"] = added.member(tr.t, "id")
	tr.do(admin, "remove-secret")
}

func (tr *tour) cases(riley, sam string) {
	open := func() { tr.names["case"] = tr.do(riley, "open-case").member(tr.t, "id") }
	ready := func() {
		tr.do(riley, "record-check")
		tr.send(riley, tr.routes["record-check"], `{"name":"colleague","result":"passed","voucher":"olivia@harbour-finch.example","how":"Called at the office."}`)
		tr.do(riley, "submit-case")
	}
	open()
	tr.do(riley, "list-cases")
	tr.do(riley, "show-case")
	tr.do(riley, "send-case-code")
	tr.do(riley, "close-case")
	open()
	ready()
	tr.do(sam, "refuse-case")
	open()
	ready()
	tr.do(sam, "approve-case")
	tr.do(riley, "perform-case")
	if state := tr.do(riley, "show-case").member(tr.t, "state"); state != string(idp.CaseDone) {
		tr.t.Errorf("the case is %s", state)
	}
}
