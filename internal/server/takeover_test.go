package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

const (
	// takenAddress is a mailbox that the attacker reads.
	takenAddress = "tom@attacker.example"
	// oneHand is how a command is refused that would let one hand take an account.
	oneHand = "Another administrator can do this now, or APS support."
)

// takeover is an attack on Tom's account, by a caller who may manage him and reads a mailbox of their own.
type takeover struct {
	t     *testing.T
	d     *demo.Demo
	clock *testenv.Clock
	tom   demo.Person
	id    idp.UserID
}

// onStores runs an attack on each kind of stores.
func onStores(t *testing.T, attack func(*testing.T, *takeover)) {
	t.Helper()
	for name, choose := range stores() {
		t.Run(name, func(t *testing.T) {
			c, clock := testworld.Config(t), &testenv.Clock{}
			choose(t, &c)
			d, _ := start(t, c, clock)
			clock.Advance(24 * time.Hour) // who works there has done so for longer
			a := &takeover{t: t, d: d, clock: clock, tom: testworld.PersonOf(t, d.Manifest, "tom")}
			account, err := d.Records().FindAccountByUsername(t.Context(), a.tom.Username)
			if err != nil {
				t.Fatal(err)
			}
			a.id = account.User.ID
			attack(t, a)
		})
	}
}

func (a *takeover) account() idp.Account {
	a.t.Helper()
	account, err := a.d.Records().FindAccount(a.t.Context(), a.id)
	if err != nil {
		a.t.Fatal(err)
	}
	return account
}

// at is the address of a page about Tom in User Management+.
func (a *takeover) at(page string) string { return "/manage/users/" + string(a.id) + "/" + page }

// olivia is signed in at User Management+ anew, with the second factor.
func (a *takeover) olivia() *testworld.Visitor {
	a.t.Helper()
	a.clock.Advance(time.Minute) // a code is good once
	v := testworld.NewVisitor(a.t, a.d.Manifest.Issuer)
	v.SignIn(v.Get("/manage"), testworld.PersonOf(a.t, a.d.Manifest, "olivia"), a.clock).OK(a.t, "people")
	return v
}

var editVersion = regexp.MustCompile(`name="version" value="([0-9]+)"`)

// renameByOlivia changes Tom's user name as the administrator.
func (a *takeover) renameByOlivia(address string) {
	a.t.Helper()
	v := a.olivia()
	version := v.Get(a.at("edit")).OK(a.t, "edit").One(a.t, editVersion)
	v.Post(a.at("edit"), url.Values{"version": {version}, "name": {"Tom Okafor"}, "username": {address}}).OK(a.t, "person").
		Shows(a.t, address, "New address not confirmed yet")
}

// mails lists what the pattern's first group finds in the mails to an address, newest first.
func (a *takeover) mails(to string, pattern *regexp.Regexp) (found []string) {
	a.t.Helper()
	response, err := http.Get(a.d.Manifest.InboxURL + ".json")
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var all []struct{ To, Text string }
	if err := json.NewDecoder(response.Body).Decode(&all); err != nil {
		a.t.Fatal(err)
	}
	for _, m := range all {
		for _, match := range pattern.FindAllStringSubmatch(m.Text, -1) {
			if m.To == to {
				found = append(found, match[1])
			}
		}
	}
	return found
}

var linkPath = regexp.MustCompile(`https?://[^/]+(/account/link/[A-Za-z0-9_-]+)`)

// link waits for the newest mail with these words to the address, and returns the path of its link. Before it there were as many.
func (a *takeover) link(to, words string, before int) string {
	a.t.Helper()
	var found []string
	eventually(a.t, "a mail with a link: "+words, patience, func() bool {
		found = a.mails(to, regexp.MustCompile(`(?s)`+words+`.*?`+linkPath.String()))
		return len(found) > before
	})
	return found[0]
}

const askedToConfirm = "Please confirm that this is your address"

// confirm opens the confirming link as a stranger's browser does, tries it for everything else first, and uses it.
func (a *takeover) confirm(path string) {
	a.t.Helper()
	before, v := a.account(), testworld.NewVisitor(a.t, a.d.Manifest.Issuer)
	for range 2 {
		v.Get(path).OK(a.t, "link-confirm").Shows(a.t, "Tom Okafor", "Harbour &amp; Finch", takenAddress, "Yes, this is my address")
	}
	for _, purpose := range []idp.LinkPurpose{idp.LinkPasswordReset, idp.LinkInvite, idp.LinkUnlock, idp.LinkNotMe, ""} {
		p := v.Post(path, url.Values{"purpose": {string(purpose)}, "new_password": {"attackers-own-password-7"}})
		if p.On(a.t, "link-over").Status != http.StatusNotFound {
			a.t.Errorf("the confirming link as %q: %d", purpose, p.Status)
		}
	}
	v.Post(path, url.Values{"purpose": {"confirm"}, "new_password": {"attackers-own-password-7"}}).OK(a.t, "done-confirm")
	if p := v.Get(path); p.On(a.t, "link-over").Status != http.StatusGone {
		a.t.Errorf("used before: %d", p.Status)
	}
	v.Get("/account").OK(a.t, "password") // it signs nobody in
	after := a.account()
	if !policy.AddressConfirmed(after.User) || !after.User.PasswordHash.Equal(before.User.PasswordHash.Reveal()) || len(after.Authenticators) != len(before.Authenticators) {
		a.t.Errorf("after the confirming link: %+v", after)
	}
	issuer, err := url.Parse(a.d.Manifest.Issuer)
	if err != nil {
		a.t.Fatal(err)
	}
	for _, cookie := range v.Client.Jar.Cookies(issuer) {
		if strings.Contains(cookie.Name, "known") {
			a.t.Errorf("the browser is known by %s", cookie.Name)
		}
	}
}

// asksAsVisitor locks the password by guessing, asks for both links that anybody may ask for, and expects that neither was mailed.
func (a *takeover) asksAsVisitor() {
	a.t.Helper()
	a.clock.Advance(time.Minute) // what strangers do again and again shares a line of the audit trail
	v := testworld.NewVisitor(a.t, a.d.Manifest.Issuer)
	form := v.Get("/account").OK(a.t, "password").At
	for n := range policy.MaxFailures {
		p := v.Post(form, url.Values{"username": {takenAddress}, "password": {fmt.Sprintf("a-guess-that-is-wrong-%d", n)}})
		if p.Step != "password" && p.Step != "notice" { // that it is locked now
			a.t.Errorf("a guess leads to %q", p.Step)
		}
	}
	refused := func(kind idp.EventType) int { return a.count(kind, policy.PermissionNewAddress.Reason()) }
	resets, unlocks := refused(idp.EventPasswordResetSent), refused(idp.EventUnlockSent)
	v.Post("/account/forgot", url.Values{"username": {takenAddress}}).OK(a.t, "done-forgot")
	v.Post("/account/unlock", url.Values{"username": {takenAddress}}).OK(a.t, "done-unlock-sent")
	eventually(a.t, "both requests are refused", patience, func() bool {
		return refused(idp.EventPasswordResetSent) > resets && refused(idp.EventUnlockSent) > unlocks
	})
}

// count counts the events about Tom of this type and reason.
func (a *takeover) count(kind idp.EventType, reason idp.Reason) (n int) {
	a.t.Helper()
	found, _, err := a.d.Records().SearchEvents(a.t.Context(), a.account().Practice.ID, directory.EventQuery{UserID: a.id, Type: kind}, directory.Page{Limit: 200})
	if err != nil {
		a.t.Fatal(err)
	}
	for _, e := range found {
		if e.Reason == reason {
			n++
		}
	}
	return n
}

// gotNothing holds that the attacker has no way in: MFA and the password are Tom's, nobody is signed in, and of all mails to the attacker's
// mailbox no link does more than to confirm the address.
func (a *takeover) gotNothing(before idp.Account) {
	a.t.Helper()
	now := a.account()
	if len(now.Authenticators) != len(before.Authenticators) || now.PIN == nil || !now.User.PasswordHash.Equal(before.User.PasswordHash.Reveal()) {
		a.t.Errorf("the account was opened: %+v", now)
	}
	sessions, _, err := a.d.Records().ListSessions(a.t.Context(), now.Practice.ID, a.id, directory.Page{Limit: 200})
	if err != nil {
		a.t.Fatal(err)
	}
	for _, s := range sessions {
		if s.EndedAt.IsZero() {
			a.t.Errorf("a session: %+v", s)
		}
	}
	v := testworld.NewVisitor(a.t, a.d.Manifest.Issuer)
	for _, path := range a.mails(takenAddress, linkPath) {
		if p := v.Get(path); p.Step != "link-confirm" && p.Step != "link-over" {
			a.t.Errorf("a link in the attacker's mailbox leads to %q", p.Step)
		}
	}
}

// ABUSE 49: an administrator gives a colleague with MFA a mailbox of their own, and tries every way in for three days: a reset as
// administrator and as a visitor, an unlock, a reset of MFA, and the confirming link.
func TestAnAdministratorNeverTakesAnAccountThroughThePages(t *testing.T) {
	onStores(t, func(t *testing.T, a *takeover) {
		before := a.account()
		a.renameByOlivia(takenAddress)
		renamed := a.account().User.UsernameChangedAt
		warning := a.link(a.tom.Username, "changed the user name of your account.*?Freeze the account", 0)
		testworld.NewVisitor(t, a.d.Manifest.Issuer).Get(warning).OK(t, "link-not_me")
		path := a.link(takenAddress, askedToConfirm, 0)
		tries := func(when string) {
			t.Helper()
			v := a.olivia()
			for page, form := range map[string]url.Values{"send-password-reset": {}, "reset-mfa": {"reason": {"They asked."}}} {
				for _, p := range []testworld.Page{v.Get(a.at(page)), v.Post(a.at(page), form)} {
					if p.Status != http.StatusForbidden || !strings.Contains(p.Body, oneHand) {
						t.Errorf("%s, %s: %d\n%s", when, page, p.Status, p.Body)
					}
				}
			}
			a.asksAsVisitor()
			v.Post(a.at("unlock"), nil).OK(t, "person") // ends a lock, and lets nobody in
			a.gotNothing(before)
		}
		tries("at once")
		a.confirm(path)
		tries("after it was confirmed")
		a.clock.Advance(renamed.Add(policy.AddressRest - 5*time.Minute).Sub(a.clock.Now()))
		tries("before three days are over")

		a.clock.Advance(renamed.Add(policy.AddressRest).Sub(a.clock.Now()))
		a.olivia().Post(a.at("send-password-reset"), nil).OK(t, "person").Shows(t, "The email with the link is on its way.")
		testworld.NewVisitor(t, a.d.Manifest.Issuer).Get(a.link(takenAddress, "new password", 0)).OK(t, "link-password_reset")
	})
}

// ABUSE 49: the person froze the account by the mail to the old address. Who changed it can't enable the account again and wait on: no
// time runs out until another hand has enabled it.
func TestAFrozenAccountIsNotEnabledByTheHandThatChangedIt(t *testing.T) {
	onStores(t, func(t *testing.T, a *takeover) {
		a.renameByOlivia(takenAddress)
		warning := a.link(a.tom.Username, "changed the user name of your account.*?Freeze the account", 0)
		testworld.NewVisitor(t, a.d.Manifest.Issuer).Post(warning, url.Values{"purpose": {"not_me"}}).OK(t, "done-not_me")
		for _, wait := range []time.Duration{time.Hour, 4 * 24 * time.Hour, 90 * 24 * time.Hour} {
			a.clock.Advance(wait)
			v := a.olivia()
			for page, form := range map[string]url.Values{"enable": {}, "send-password-reset": {}, "reset-mfa": {"reason": {"They asked."}}} {
				if p := v.Post(a.at(page), form); p.Status != http.StatusForbidden {
					t.Errorf("%s after %s: %d", page, wait, p.Status)
				}
			}
		}
		if state := a.account().User.State; state != idp.UserDisabled {
			t.Errorf("the account is %s", state)
		}
	})
}

// The person signs in with the new address: then it is theirs, and their administrator helps as ever.
func TestASigninWithTheNewAddressEndsItsRest(t *testing.T) {
	onStores(t, func(t *testing.T, a *takeover) {
		a.renameByOlivia(takenAddress)
		if p := a.olivia().Post(a.at("reset-mfa"), url.Values{"reason": {"Lost it."}}); p.Status != http.StatusForbidden {
			t.Fatalf("before: %d", p.Status)
		}
		a.tom.Username = takenAddress
		a.clock.Advance(time.Minute)
		v := testworld.NewVisitor(t, a.d.Manifest.Issuer)
		v.SignIn(v.Get("/account"), a.tom, a.clock).OK(t, "account")
		if policy.AddressConfirmed(a.account().User) {
			t.Error("a password says nothing of a mailbox")
		}
		olivia := a.olivia()
		olivia.Post(a.at("send-password-reset"), nil).OK(t, "person")
		olivia.Post(a.at("reset-mfa"), url.Values{"reason": {"Lost it."}}).OK(t, "person").Shows(t, "MFA was reset.")
		path := a.link(takenAddress, "new password", 0)
		stranger := testworld.NewVisitor(t, a.d.Manifest.Issuer)
		stranger.Post(path, url.Values{"purpose": {"password_reset"}, "new_password": {"granite-window-harbour-9"}}).OK(t, "done-password_reset")
		if !policy.AddressConfirmed(a.account().User) {
			t.Error("a password chosen by a link in that mailbox confirms it")
		}
		if p := olivia.Get("/manage/users/" + string(a.id)); strings.Contains(p.Body, "not confirmed") {
			t.Error("the drawer says that it is not confirmed")
		}
	})
}

// ABUSE 49: a link to confirm an address ends with the next change, and with one that is sent again.
func TestAConfirmingLinkIsGoodForItsAddressOnly(t *testing.T) {
	onStores(t, func(t *testing.T, a *takeover) {
		a.renameByOlivia("tom@first.example")
		first := a.link("tom@first.example", askedToConfirm, 0)
		a.renameByOlivia(takenAddress)
		second := a.link(takenAddress, askedToConfirm, 0)
		a.olivia().Post(a.at("resend-confirmation"), nil).OK(t, "person").Shows(t, "The email with the link is on its way.", "not confirmed yet")
		third := a.link(takenAddress, askedToConfirm, 1)
		v := testworld.NewVisitor(t, a.d.Manifest.Issuer)
		for _, old := range []string{first, second} {
			for _, p := range []testworld.Page{v.Get(old), v.Post(old, url.Values{"purpose": {"confirm"}})} {
				if p.On(t, "link-over").Status != http.StatusGone {
					t.Errorf("an older link: %d", p.Status)
				}
			}
		}
		if policy.AddressConfirmed(a.account().User) {
			t.Fatal("confirmed by an older link")
		}
		a.confirm(third)
		if p := a.olivia().Post(a.at("resend-confirmation"), nil); p.Status != http.StatusForbidden || !strings.Contains(p.Body, "confirmed already") {
			t.Errorf("sent again for nothing: %d", p.Status)
		}
	})
}

// ABUSE 49: an integration of APS that may change people does the same over the management API, and brings in an administrator of its own
// for help.
func TestAnIntegrationNeverTakesAnAccountOverTheAPI(t *testing.T) {
	onStores(t, func(t *testing.T, a *takeover) {
		before := a.account()
		api := a.api()
		status, body := api(http.MethodPatch, "/users/"+string(a.id), fmt.Sprintf(`{"username": %q}`, takenAddress))
		if status != http.StatusOK || !strings.Contains(body, `"username_confirmed":false`) {
			t.Fatalf("the change: %d %s", status, body)
		}
		renamed := a.account().User.UsernameChangedAt
		a.link(a.tom.Username, "changed the user name of your account.*?Freeze the account", 0)
		path := a.link(takenAddress, askedToConfirm, 0)
		status, body = api(http.MethodPost, "/practices/"+string(before.Practice.ID)+"/users",
			`{"username": "second@attacker.example", "name": "Second", "roles": ["user_management", "system_administrator"]}`)
		if status != http.StatusCreated {
			t.Fatalf("the accomplice: %d %s", status, body)
		}
		second := testworld.NewVisitor(t, a.d.Manifest.Issuer)
		invitation := a.link("second@attacker.example", "Choose your password", 0)
		second.Post(invitation, url.Values{"purpose": {"invite"}, "new_password": {"attackers-own-password-7"}}).OK(t, "done-invite")
		tries := func(when string) {
			t.Helper()
			api := a.api()
			for _, command := range []string{"send-password-reset", "reset-mfa"} {
				sent := ""
				if command == "reset-mfa" {
					sent = `{"reason": "They asked."}`
				}
				status, body := api(http.MethodPost, "/users/"+string(a.id)+"/"+command, sent)
				if status != http.StatusForbidden || !strings.Contains(body, oneHand) {
					t.Errorf("%s, %s: %d %s", when, command, status, body)
				}
			}
			a.asksAsVisitor()
			if status, body := api(http.MethodPost, "/users/"+string(a.id)+"/unlock", ""); status != http.StatusNoContent {
				t.Errorf("%s, unlock: %d %s", when, status, body)
			}
			a.gotNothing(before)
		}
		tries("at once")
		a.confirm(path)
		tries("after it was confirmed")
		a.clock.Advance(renamed.Add(policy.AddressRest - 5*time.Minute).Sub(a.clock.Now()))
		tries("before three days are over")
	})
}

// api calls the management API as APS's own integration, with every scope; it answers with the status and the body.
func (a *takeover) api() func(method, path, body string) (status int, answer string) {
	a.t.Helper()
	admin := a.d.Manifest.AdminAPI
	client := clientcredentials.Config{
		ClientID: admin.ClientID, ClientSecret: admin.ClientSecret, TokenURL: a.d.Manifest.Issuer + "/oauth/token", AuthStyle: oauth2.AuthStyleInHeader,
		Scopes: []string{"users:read", "users:write", "mfa:reset"},
	}
	token, err := client.Token(a.t.Context())
	if err != nil {
		a.t.Fatal(err)
	}
	send := func(method, path, body, version string) *http.Response {
		request, err := http.NewRequestWithContext(a.t.Context(), method, admin.URL+path, strings.NewReader(body))
		if err != nil {
			a.t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token.AccessToken)
		if body != "" {
			request.Header.Set("Content-Type", "application/json")
		}
		if version != "" {
			request.Header.Set("If-Match", version)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			a.t.Fatal(err)
		}
		return response
	}
	return func(method, path, body string) (int, string) {
		a.t.Helper()
		version := ""
		if method == http.MethodPatch {
			read := send(http.MethodGet, path, "", "")
			_ = read.Body.Close()
			version = read.Header.Get("ETag")
		}
		response := send(method, path, body, version)
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			a.t.Fatal(err)
		}
		return response.StatusCode, string(text)
	}
}

// ABUSE 49, 39: the administrator rings support, and is the colleague who vouches for Tom. The case does not go on by that, nor by a code
// in Tom's new mailbox or in the administrator's own.
func TestSupportDoesNotTakeTheWordOfWhoChangedTheAddress(t *testing.T) {
	onStores(t, func(t *testing.T, a *takeover) {
		before := a.account()
		a.renameByOlivia(takenAddress)
		olivia := testworld.PersonOf(t, a.d.Manifest, "olivia")
		account, err := a.d.Records().FindAccountByUsername(t.Context(), olivia.Username)
		if err != nil {
			t.Fatal(err)
		}
		riley := testworld.NewVisitor(t, a.d.Manifest.Issuer)
		riley.SignIn(riley.Get("/support"), testworld.PersonOf(t, a.d.Manifest, "riley"), a.clock).OK(t, "desk")
		opened := riley.Ask(http.MethodPost, "/support/users/"+string(a.id)+"/case", url.Values{"action": {"reset_mfa"}, "reason": {"Olivia rang: he lost the phone."}})
		path, _, _ := strings.Cut(opened.To, "?")
		vouch := func(username string) testworld.Page {
			return riley.Post(path+"/check", url.Values{"check": {"colleague"}, "result": {"passed"}, "how": {"Called the office."}, "voucher": {username}})
		}
		for _, username := range []string{olivia.Username, takenAddress, "nobody@harbourfinch.example", ""} {
			if p := vouch(username).Shows(t, "Give the user name of a colleague"); p.Status != http.StatusUnprocessableEntity {
				t.Errorf("%q vouches: %d", username, p.Status)
			}
		}
		for _, reader := range []idp.UserID{account.User.ID, a.id} {
			if p := riley.Post(path+"/code", url.Values{"to": {string(reader)}}); p.Status != http.StatusUnprocessableEntity {
				t.Errorf("a code to %s: %d", reader, p.Status)
			}
		}
		a.gotNothing(before)
		vouch(testworld.PersonOf(t, a.d.Manifest, "mia").Username).OK(t, "case").Shows(t, "Confirmed by <bdi>Mia Chen</bdi>")
	})
}
