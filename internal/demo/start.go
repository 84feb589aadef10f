package demo

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/web"
)

// start is what the start page offers.
func (d *Demo) start() web.Start {
	start := web.Start{InboxURL: server.InboxPath, CodesURL: server.CodesPath, Tour: d.tour(), People: d.peopleNow}
	for i, app := range demoApps() {
		start.Apps = append(start.Apps, web.StartApp{Name: app.name, URL: d.listeners.appURL(i), Note: app.product})
	}
	start.Apps = append(start.Apps,
		web.StartApp{Name: "User Management+", URL: "/manage", Note: "Look after the people of a practice: sign in as Olivia or Aroha."},
		web.StartApp{Name: "Your account", URL: "/account", Note: "Change your own password, and how you get security codes."},
		web.StartApp{Name: "APS support desk", URL: "/support", Note: "For people of APS: sign in as Riley, and as Noor to approve."},
	)
	return start
}

// tour leads through what there is to see, in an order in which each step finds what it needs.
func (d *Demo) tour() []web.StartStep {
	return []web.StartStep{
		{
			Title: "Set up MFA as Mia", Link: "Sign in to Cloud Timesheets as Mia", URL: d.signIn(timesheetsID, "mia@harbourfinch.example"),
			Text: "Use her password below. Scan the QR code, or choose a text message and read it in the inbox. Then create a recovery PIN.",
		},
		{
			Title: "Lose the phone", Link: "Sign in to Contacts+ as Mia", URL: d.signIn(contactsID, "mia@harbourfinch.example"),
			Text: "Each app signs in on its own, so Contacts+ asks again. Press Can’t access your device?, enter the recovery PIN you created, and set MFA up again.",
		},
		{
			Title: "Reset Tom as Olivia", Link: "Open User Management+", URL: "/manage?search=tom",
			Text: "Sign in as Olivia with her password and code. Choose Tom: the menu at the top right of the drawer has Reset MFA.",
		},
		{
			Title: "Help Ewan as Riley and Noor", Link: "Open the support desk", URL: "/support/practices?search=thistle",
			Text: "Nobody in Ewan’s practice has User Management+ access. Sign in as Riley, open a case for Ewan and make the checks; Noor approves it in a private window.",
		},
		{
			Title: "Read what people were told", Link: "Open the inbox", URL: server.InboxPath,
			Text: "Every change of an account is told to its owner, with a way to say that it was not them.",
		},
		{
			Title: "Do it from a program", Link: "Read about the management API", URL: server.DocsPath,
			Text: "What the pages do, the management API does too.",
		},
	}
}

// signIn is the address at which the app starts a sign-in of that person (OpenID Connect Core, section 4).
func (d *Demo) signIn(app idp.ClientID, username string) string {
	for i, each := range demoApps() {
		if each.id == app {
			return d.listeners.appURL(i) + "/auth/login?" + url.Values{"login_hint": {username}}.Encode()
		}
	}
	return d.listeners.appURL(0)
}

// peopleNow are the people as they are now: a person may have set up another authenticator since the demo began.
func (d *Demo) peopleNow(ctx context.Context) (web.StartPeople, error) {
	names, now := practiceNames(), d.deps.Clock()
	var found web.StartPeople
	for _, p := range people() {
		account, err := d.server.Records().FindAccountByUsername(ctx, p.username)
		if idp.CodeOf(err) == idp.CodeNotFound {
			continue // renamed since
		}
		if err != nil {
			return web.StartPeople{}, err
		}
		entry := p.entry(account, names[p.practice])
		person := web.StartPerson{
			Name: p.name, Username: p.username, Password: p.password, Practice: entry.Practice, Note: p.note, Phone: entry.Phone, PIN: entry.PIN,
			URL: d.signIn(timesheetsID, p.username),
		}
		if p.practice == aps {
			person.URL = "/support"
		}
		if entry.TOTPKey != "" {
			var left time.Duration
			if person.Code, left, err = authenticator.TOTPCode(idp.NewSecret(entry.TOTPKey), now); err != nil {
				return web.StartPeople{}, fmt.Errorf("demo: %s: %w", p.username, err)
			}
			found.SecondsLeft = int(math.Ceil(left.Seconds()))
		}
		found.All = append(found.All, person)
	}
	return found, nil
}
