package adminapi_test

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

const invitation = `{"username":"noor@harbour.example","name":"Noor"}`

// A request that is sent again, with the same key, is answered again and carried out once.
func TestRepeatedRequestIsCarriedOutOnce(t *testing.T) {
	for name, choose := range stores() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, choose)
			admin := w.machineToken("aps-admin")
			path := "/practices/" + string(harbour) + "/users"
			one := w.ask("POST", path, admin, invitation, "Idempotency-Key", "k-1")
			two := w.ask("POST", path, admin, invitation, "Idempotency-Key", `"k-1"`)
			if one.status != http.StatusCreated || two.status != one.status || two.body != one.body || two.header.Get("Location") != one.header.Get("Location") || two.header.Get("ETag") != one.header.Get("ETag") || two.header.Get("Content-Type") != one.header.Get("Content-Type") {
				t.Errorf("%d %s, then %d %s", one.status, one.body, two.status, two.body)
			}
			if one.header.Get("Idempotency-Replayed") != "" || two.header.Get("Idempotency-Replayed") != "true" {
				t.Error("a replay is not told apart")
			}
			if without := w.ask("POST", path, admin, invitation); without.status != http.StatusConflict {
				t.Errorf("without a key: %d", without.status)
			}
			invited := 0
			for _, e := range w.events(harbour, w.people["mia"].User.CreatedAt) {
				if e.Type == idp.EventUserInvited && e.Result == idp.ResultSuccess {
					invited++
				}
			}
			if invited != 1 {
				t.Errorf("invited %d times", invited)
			}
		})
	}
}

// The key stands for one request of one caller.
func TestKeysAreBoundToCallerAndRequest(t *testing.T) {
	w := newWorld(t, embedded)
	admin, olivia := w.machineToken("aps-admin"), w.signIn("olivia").access
	path := "/practices/" + string(harbour) + "/users"
	if got := w.ask("POST", path, admin, invitation, "Idempotency-Key", "k"); got.status != http.StatusCreated {
		t.Fatal(got.status, got.body)
	}
	for about, got := range map[string]answer{
		"another body": w.ask("POST", path, admin, `{"username":"tane@harbour.example","name":"T"}`, "Idempotency-Key", "k"),
		"another path": w.ask("POST", "/users/"+w.id("mia")+"/unlock", admin, "", "Idempotency-Key", "k"),
		"no body":      w.ask("DELETE", "/practices/"+string(harbour)+"/apps/contacts", admin, "", "Idempotency-Key", "k"),
	} {
		if got.status != http.StatusUnprocessableEntity || got.kind(t) != "key_reused" {
			t.Errorf("%s: %d %s", about, got.status, got.body)
		}
	}
	if got := w.ask("POST", path, olivia, invitation, "Idempotency-Key", "k"); got.status != http.StatusConflict || got.kind(t) != "conflict" {
		t.Errorf("another caller's: %d %s", got.status, got.body) // carried out, and refused by what is there
	}
	if w.account(w.people["mia"].User.ID).Practice.HasApp("contacts") != true {
		t.Error("the app is gone")
	}
	for _, key := range []string{"two words", "ü", string(make([]byte, 0)) + " "} {
		if got := w.ask("POST", "/users/"+w.id("mia")+"/unlock", admin, "", "Idempotency-Key", key); key != " " && got.status != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", key, got.status)
		}
	}
}

// What was refused changed nothing: with the same key it is looked at again.
func TestRefusalsAreNotRemembered(t *testing.T) {
	w := newWorld(t, embedded)
	admin := w.machineToken("aps-admin")
	path := "/practices/" + string(harbour) + "/users"
	if got := w.ask("POST", path, admin, `{"username":"noor","name":"N"}`, "Idempotency-Key", "k"); got.status != http.StatusUnprocessableEntity {
		t.Fatal(got.status, got.body)
	}
	if got := w.ask("POST", path, admin, invitation, "Idempotency-Key", "k"); got.status != http.StatusCreated {
		t.Errorf("put right: %d %s", got.status, got.body)
	}
}

// A secret is shown once: a replay says what was made, and not the secret.
func TestSecretsAreNotReplayed(t *testing.T) {
	w := newWorld(t, embedded)
	admin := w.machineToken("aps-admin")
	one := w.ask("POST", "/clients/fusesign/secrets", admin, `{}`, "Idempotency-Key", "k")
	two := w.ask("POST", "/clients/fusesign/secrets", admin, `{}`, "Idempotency-Key", "k")
	secret := one.member(t, "client_secret")
	if one.status != http.StatusCreated || two.status != one.status || two.member(t, "id") != one.member(t, "id") {
		t.Errorf("%d %s, then %d %s", one.status, one.body, two.status, two.body)
	}
	if len(secret) < 32 || len(two.body) >= len(one.body) || len(w.client("fusesign").Secrets) != 2 {
		t.Errorf("replayed: %s", two.body)
	}
}

// Of many at once one is carried out; the others wait, or get its answer.
func TestParallelRequestsWithOneKey(t *testing.T) {
	w := newWorld(t, embedded)
	admin := w.machineToken("aps-admin")
	var made, replayed, told atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			got := w.ask("POST", "/practices", admin, `{"name":"New","region":"AU","time_zone":"UTC"}`, "Idempotency-Key", "k")
			switch {
			case got.status == http.StatusCreated && got.header.Get("Idempotency-Replayed") == "":
				made.Add(1)
			case got.status == http.StatusCreated:
				replayed.Add(1)
			case got.status == http.StatusConflict && got.header.Get("Retry-After") != "":
				told.Add(1)
			default:
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 || made.Load()+replayed.Load()+told.Load() != 20 {
		t.Error("made " + strconv.Itoa(int(made.Load())))
	}
}
