package oidcop_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wantTryAgain checks that the answer is a page of ours that says that a store is away, whose link asks for the same again.
func (h *house) wantTryAgain(w *httptest.ResponseRecorder, query url.Values) {
	h.t.Helper()
	link, found := strings.CutPrefix(w.Body.String(), "error page: again: ")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || w.Header().Get("Location") != "" || !found {
		h.t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	again, err := url.Parse(link)
	if err != nil || again.Path != "/authorize" || again.Host != "" {
		h.t.Fatalf("the link leads to %q, %v", link, err)
	}
	if diff := cmp.Diff(query, again.Query()); diff != "" {
		h.t.Errorf("the link asks for something else (-want +got):\n%s", diff)
	}
}

// ABUSE 44: Redis goes away between the last step of a sign-in and its code. The person stays here, on a page that tries again: they are
// signed in by then, and are not asked for anything. The app gets nothing that would end the sign-in there.
func TestASignInThatOutlivesAStoreTriesAgainHere(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	asked := request("claims", `{"id_token":{"email":null},"userinfo":{"name":null}}`, "acr_values", "urn:aps:acr:mfa", "login_hint", "ana@example.com")
	_ = h.redis.Close()
	w := v.signIn(asked, "usr_ana")
	h.wantTryAgain(w, wantAgain(t, asked))

	second := newHouse(t) // the same with a Redis that answers: what the link asks for is answered at once
	v = second.visitor()
	v.signIn(asked, "usr_ana")
	if got := location(v.get("/authorize", wantAgain(t, asked))).Query(); got.Get("code") == "" || got.Get("state") != asked.Get("state") {
		t.Errorf("the link was answered with %v", got)
	}
}

// wantAgain is the request as the link has it: every parameter, in the form in which it is stored.
func wantAgain(t *testing.T, asked url.Values) url.Values {
	t.Helper()
	again := url.Values{}
	for name, values := range asked {
		again[name] = values
	}
	again.Set("response_mode", "query")
	var claims any
	if err := json.Unmarshal([]byte(asked.Get("claims")), &claims); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	again.Set("claims", string(text))
	return again
}

// SQL is away when the browser comes back from the last step: the sign-in is not used up, and the same address goes on later.
func TestASignInIsNotUsedUpWhileSQLIsAway(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	h.known.Forget()
	h.outage.Store(true)
	w := v.get("/authorize", request())
	h.wantTryAgain(w, request())
	h.outage.Store(false)
	w = v.get("/authorize", request())
	step := strings.Split(location(w).Path, "/")
	h.desk.prove(step[3], "usr_ana", "prc_mfa", "urn:aps:acr:mfa")
	h.known.Forget()
	h.outage.Store(true)
	done := strings.Replace(location(w).Path, "/"+step[4], "/done", 1)
	w = v.get(done, nil)
	if w.Code != http.StatusServiceUnavailable || !strings.HasPrefix(w.Body.String(), "error page: again: "+done) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	h.outage.Store(false)
	if w = v.get(done, nil); location(w).Query().Get("code") == "" {
		t.Errorf("after the outage: %d %v", w.Code, w.Header())
	}
}
