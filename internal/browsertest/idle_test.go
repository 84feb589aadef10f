package browsertest_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/apscloud/apsid/internal/browsertest"
)

// draft is write without touching a key: the browser's own clock is not moved, and would count from there.
func (v *visit) draft() {
	v.t.Helper()
	v.Script(`document.querySelector("[name=client]").value = "` + typedClient + `"; document.querySelector("[name=notes]").value = "` + typedNotes + `"`)
	v.kept()
}

// warn moves the clock to a minute and a half before the end.
func (v *visit) warn() {
	v.t.Helper()
	v.stage.clock.Advance(13*time.Minute + 30*time.Second)
	v.check()
	v.Await("the warning", warned)
}

// idleOut moves the clock past the end.
func (v *visit) idleOut() {
	v.t.Helper()
	v.stage.clock.Advance(15*time.Minute + time.Second)
	v.check()
	v.Await("the cover", covered)
}

func scenarioAnotherPerson(t *testing.T, s *stage) {
	mine := s.visit(t, s.user(t, "aroha"))
	mine.work(lodgements)
	mine.write()
	mine.idleOut()
	mine.closed("no activity")

	tom := mine.beside(s.user(t, "tom"))
	tom.prove()
	mine.who = tom.who
	mine.Await("the app's first page", `location.pathname === "/" && document.querySelector("#who")`)
	equal(t, "whose page it is", mine.Value("#who"), tom.who.Name)
	mine.unread()
	for _, each := range []*visit{mine, tom} {
		each.Open(each.form(lodgements))
		each.atForm(lodgements)
		each.unread()
		each.Reload()
		each.unread()
	}
	mine.Back()
	mine.unread()
}

func scenarioSignOutNow(t *testing.T, s *stage) {
	v := s.visit(t, s.user(t, "aroha"))
	v.work(lodgements)
	other := v.tab()
	other.Open(other.form(lodgements))
	other.atForm(lodgements)
	other.draft()
	v.warn()
	v.Keys("\t")
	if !v.Holds(`document.activeElement.textContent === "Sign out now"`) {
		t.Fatal("Tab does not lead to Sign out now")
	}
	v.Keys("\r")
	v.Await("the app's first page", `document.querySelector("#sign-in") && document.readyState === "complete"`)
	other.Await("the cover of the other tab", covered)
	other.closed("signed out")
	v.signInAgain(lodgements)
	v.on("password")
}

// ABUSE 11: a client that we did not write refreshes every minute, the person does nothing, and the session ends all the same.
func scenarioRefreshing(t *testing.T, s *stage) {
	v := s.visit(t, s.user(t, "aroha"))
	v.Catch(callback)
	client := s.app(t, lodgements)
	provider, err := oidc.NewProvider(t.Context(), s.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	config := oauth2.Config{
		ClientID: client.ClientID, ClientSecret: client.ClientSecret, RedirectURL: callback,
		Endpoint: provider.Endpoint(), Scopes: []string{oidc.ScopeOpenID, oidc.ScopeOfflineAccess},
	}
	verifier := oauth2.GenerateVerifier()
	v.Open(config.AuthCodeURL("some state", oauth2.S256ChallengeOption(verifier)))
	v.prove()
	token, err := config.Exchange(t.Context(), v.answer("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	for minute := 1; minute < 15; minute++ {
		s.clock.Advance(time.Minute - time.Second) // a second is left for the test itself to take, each minute
		last := token
		token, err = config.TokenSource(t.Context(), &oauth2.Token{RefreshToken: last.RefreshToken}).Token()
		if err != nil {
			t.Fatalf("after %d minutes: %v", minute, err)
		}
		if token.RefreshToken == last.RefreshToken || token.AccessToken == last.AccessToken {
			t.Fatal("not refreshed")
		}
	}
	s.clock.Advance(75 * time.Second)
	_, err = config.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) || refused.ErrorCode != "invalid_grant" {
		t.Errorf("a refresh of an idle session: %v", err)
	}
	v.silently(lodgements)
}

// answer is a parameter of what the provider sent the browser back to a test client with.
func (v *visit) answer(parameter string) string {
	v.t.Helper()
	address, err := url.Parse(v.URL())
	if err != nil || v.Title() != "Caught" {
		v.t.Fatalf("no answer, but %s: %v\n%s", v.URL(), err, v.Text())
	}
	return address.Query().Get(parameter)
}

// silently fails unless an app that asks without showing a page (prompt=none) is told that no one is signed in.
func (v *visit) silently(name string) {
	v.t.Helper()
	query := url.Values{
		"client_id": {v.stage.app(v.t, name).ClientID}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid"},
		"prompt": {"none"}, "state": {"x"}, "code_challenge": {oauth2.S256ChallengeFromVerifier(oauth2.GenerateVerifier())},
		"code_challenge_method": {"S256"},
	}
	v.Open(v.stage.authorizeURL(v.t) + "?" + query.Encode())
	equal(v.t, name+": answer to prompt=none", v.answer("error"), "login_required")
}

// The apps that are still signed in can't help one that has idled out.
func scenarioNoSilentReturn(t *testing.T, s *stage) {
	v := s.visit(t, s.user(t, "aroha"))
	v.Catch(callback)
	v.work(lodgements)
	beside := v.tab()
	beside.Catch(callback)
	beside.work(timesheets) // each app asks
	v.idleOut()

	beside.silently(lodgements)
	beside.silently(contacts)
	beside.signInAgain(timesheets)
	beside.signedIn(timesheets, "urn:aps:acr:pwd", "pwd")
	for _, name := range []string{lodgements, contacts} {
		beside.signInAgain(name)
		beside.on("password")
	}
	v.closed("no activity")
}

func scenarioGroup(t *testing.T, s *stage) {
	v := s.visit(t, s.user(t, "aroha"))
	v.work(timesheets)
	v.signInAgain(contacts)
	v.signedIn(contacts, "urn:aps:acr:pwd", "pwd")
	sid := v.Value("[data-claim=sid]")
	v.signInAgain(lodgements)
	v.on("password") // no member
	v.prove()

	ledger := v.tab()
	ledger.Open(ledger.form(timesheets))
	ledger.atForm(timesheets)
	ledger.write()
	v.Open(s.app(t, contacts).URL)
	equal(t, "session", v.Value("[data-claim=sid]"), sid)
	if ledger.Value("[data-claim=sid]") == sid {
		t.Error("two apps share a session")
	}

	// A sign-out at one app that shares a sign-in signs out of all the apps that share it, and of no other sign-in.
	v.Press("Sign out")
	ledger.told()
	v.signInAgain(timesheets)
	v.on("password")
	v.Open(v.form(lodgements))
	v.atForm(lodgements)
}

func scenarioLooks(t *testing.T, s *stage) {
	s.inspector = browsertest.NewInspector(t)
	v := s.visit(t, s.user(t, "aroha"))
	v.work(lodgements)
	v.draft()
	v.look("lodgements-form")
	v.warn()
	v.look("lodgements-warning")
	v.stage.clock.Advance(2 * time.Minute)
	v.check()
	v.Await("the cover", covered)
	v.look("lodgements-cover")
	beside := v.beside(v.who)
	beside.prove()
	beside.look("lodgements-signed-in-beside")
}
