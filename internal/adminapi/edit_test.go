package adminapi_test

import (
	"net/http"
	"testing"
)

// An edit is of what was read: without its version, or with another one, nothing is changed.
func TestEditsNeedTheVersionThatWasRead(t *testing.T) {
	w := newWorld(t, embedded)
	admin := w.machineToken("aps-admin")
	for path, bodies := range map[string][2]string{
		"/users/" + w.id("mia"):         {`{"name":"Mia One"}`, `{"name":"Mia Two"}`},
		"/practices/" + string(harbour): {`{"name":"Harbour One"}`, `{"name":"Harbour Two"}`},
		"/clients/fusesign":             {`{"owner":"One"}`, `{"owner":"Two"}`},
	} {
		read := w.ask("GET", path, admin, "").header.Get("ETag")
		for version, want := range map[string]int{
			"": http.StatusPreconditionRequired, "*": http.StatusPreconditionRequired, "W/" + read: http.StatusPreconditionFailed,
			`"77"`: http.StatusPreconditionFailed, `"x"`: http.StatusPreconditionFailed, read + `, "2"`: http.StatusPreconditionFailed,
		} {
			var headers []string
			if version != "" {
				headers = []string{"If-Match", version}
			}
			got := w.ask("PATCH", path, admin, bodies[0], headers...)
			if got.status != want {
				t.Errorf("%s with %q: %d %s", path, version, got.status, got.body)
			}
			got.problem(t)
		}
		got := w.ask("PATCH", path, admin, bodies[0], "If-Match", read)
		if got.status != http.StatusOK || got.header.Get("ETag") == read || got.header.Get("ETag") == "" {
			t.Errorf("%s: %d %q %s", path, got.status, got.header.Get("ETag"), got.body)
		}
		if again := w.ask("PATCH", path, admin, bodies[1], "If-Match", read); again.status != http.StatusPreconditionFailed || again.kind(t) != "version_mismatch" {
			t.Errorf("%s after somebody else: %d %s", path, again.status, again.body)
		}
		if now := w.ask("GET", path, admin, "").header.Get("ETag"); now != got.header.Get("ETag") {
			t.Errorf("%s is at %s, the edit said %s", path, now, got.header.Get("ETag"))
		}
	}
}

// A user name that is taken is no stale version.
func TestTakenNamesAreAConflict(t *testing.T) {
	w := newWorld(t, embedded)
	admin := w.machineToken("aps-admin")
	path := "/users/" + w.id("mia")
	read := w.ask("GET", path, admin, "").header.Get("ETag")
	got := w.ask("PATCH", path, admin, `{"username":"`+w.people["tom"].User.Username+`"}`, "If-Match", read)
	if p := got.problem(t); got.status != http.StatusConflict || len(p.Errors) != 1 || p.Errors[0].Pointer != "/username" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// A date that is null is taken away; one that is left out stays.
func TestDatesCanBeTakenAway(t *testing.T) {
	w := newWorld(t, embedded)
	admin := w.machineToken("aps-admin")
	for _, c := range []struct {
		body string
		set  bool
	}{
		{`{"mfa_required_from":"2040-01-01T00:00:00Z"}`, true}, {`{"name":"Contacts"}`, true}, {`{"mfa_required_from":null}`, false},
	} {
		read := w.ask("GET", "/clients/contacts", admin, "").header.Get("ETag")
		got := w.ask("PATCH", "/clients/contacts", admin, c.body, "If-Match", read)
		if got.status != http.StatusOK || w.client("contacts").MFARequiredFrom.IsZero() == c.set {
			t.Errorf("%s: %d %s", c.body, got.status, got.body)
		}
	}
}
