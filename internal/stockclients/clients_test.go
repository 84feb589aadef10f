package stockclients_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/browsertest"
	"github.com/apscloud/apsid/internal/testworld"
)

// Stock clients sign a person in with what is default on both sides, and their pages show the person's name.
func TestStockClients(t *testing.T) {
	t.Parallel()
	binary := built(t)
	t.Run("the quick start on one's own machine", func(t *testing.T) {
		t.Parallel()
		onOnesOwnMachine(t, binary)
	})
	all := samples()
	id := startProvider(t, binary, all)
	for i, one := range all {
		t.Run(one.folder, func(t *testing.T) {
			t.Parallel()
			u := &use{sample: one, place: id.places[i], id: id, visitor: id.visitor(t)}
			id.invited(t, u.username)
			if one.run != nil {
				u.start(t)
			}
			if one.plays == nil {
				u.withoutScripts(t)
				return
			}
			one.plays(u, t)
		})
	}
}

// withoutScripts signs in, and so on, by a browser that runs no script: the provider's pages need none.
func (u *use) withoutScripts(t *testing.T) {
	t.Helper()
	u.signsIn(t)
	u.refreshes(t)
	u.signsOut(t)
	u.isTold(t)
}

// inABrowser does the same in a real browser, because the app is the page's script.
func (u *use) inABrowser(t *testing.T) {
	t.Helper()
	b := browsertest.Start(t, u.id.certificate).Browser(t)
	named := fmt.Sprintf("document.body?.innerText.includes(%q)", personName)
	b.Open(u.origin)
	b.Await("the sign-in page", onPassword)
	b.Fill("username", u.username)
	b.Fill("password", password)
	b.Press("Continue")
	b.Await("the name", named)
	b.Tap(u.refresh)
	await(t, "a refresh", func() bool { return u.id.answered("refresh_token", u.clientID) == http.StatusOK })
	b.Await("the name after the refresh", named)
	b.Tap(u.signOut)
	b.Await("the sign-in page after the sign-out", onPassword)
}

// onPassword holds on the provider's page that asks for user name and password.
const onPassword = `document.querySelector("[data-step=password] [name=password]")`

// use is a sample in use.
type use struct {
	sample
	place

	id      *provider
	visitor *testworld.Visitor
}

// signsIn opens the app in a new browser, signs in, and finds the name on the app's page.
func (u *use) signsIn(t *testing.T) {
	t.Helper()
	u.visitor = u.id.visitor(t)
	form := u.asked(t)
	page := u.visitor.Post(form.At, url.Values{"username": {u.username}, "password": {password}})
	page = submitted(t, u.visitor, page)
	if !strings.HasPrefix(page.At, u.origin) {
		t.Fatalf("the sign-in ended at %s (%d), not at the app\n%s", page.At, page.Status, page.Body)
	}
	u.shows(t, page)
}

// asked opens the app's page and comes to the sign-in page of the provider.
func (u *use) asked(t *testing.T) testworld.Page {
	t.Helper()
	page := u.visitor.Get(u.origin + u.signIn)
	if u.button != "" {
		page = press(t, u.visitor, page, u.button)
	}
	return page.OK(t, "password")
}

func (u *use) shows(t *testing.T, page testworld.Page) {
	t.Helper()
	if page.Status != http.StatusOK || !strings.Contains(page.Body, personName) {
		t.Fatalf("%s (%d) does not show %q\n%s", page.At, page.Status, personName, page.Body)
	}
}

// refreshes opens the page that gets new tokens until the provider has given some: some apps do it when their tokens are old enough.
func (u *use) refreshes(t *testing.T) {
	t.Helper()
	if u.refresh == "" {
		return
	}
	await(t, "a refresh", func() bool {
		u.shows(t, u.visitor.Get(u.origin+u.refresh))
		return u.id.answered("refresh_token", u.clientID) == http.StatusOK
	})
}

// signsOut leaves by the app's own link. The provider has to know: it asks for the password again.
func (u *use) signsOut(t *testing.T) {
	t.Helper()
	if u.signOut == "" {
		return
	}
	page := u.visitor.Get(u.origin + u.signOut)
	if u.id.count("/end_session") == 0 || strings.Contains(page.Body, personName) || !strings.HasPrefix(page.At, u.origin) && page.Step != "password" {
		t.Fatalf("the sign-out ended at %s (%d)\n%s", page.At, page.Status, page.Body)
	}
	u.asked(t)
}

// isTold has the person sign out everywhere, on another device: the app knows at once.
func (u *use) isTold(t *testing.T) {
	t.Helper()
	if !u.told {
		return
	}
	u.signsIn(t)
	u.id.endSessions(t, u.username)
	await(t, "the app to be told", func() bool { return !strings.Contains(u.visitor.Get(u.origin+u.signIn).Body, personName) })
	u.asked(t)
}
