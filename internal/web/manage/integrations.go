package manage

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/kit"
	"github.com/apscloud/apsid/internal/web/people"
)

// integrationsBody is the register of the practice's integrations, which are exempt from MFA.
type integrationsBody struct {
	Search string
	Rows   []integrationRow
	Pager  web.Pager
	All    string
}

// integrationRow is a line of the register.
type integrationRow struct {
	URL, Name, ID  string
	Owner, Purpose string
	Review         web.ClockTime
	Overdue        bool
	Used           web.ClockTime
	Badges         []web.Badge
}

// integrations shows the register.
func (s *Surface) integrations(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	l, err := people.ReadListing(r)
	if err != nil {
		return err
	}
	query := directory.ClientQuery{PracticeID: v.Account.Practice.ID, Kinds: []idp.ClientKind{idp.ClientMachine}, Search: l.Search}
	found, next, err := s.Clients.ListClients(r.Context(), v.Caller, query, directory.Page{After: l.After, Limit: perPage}, v.Now)
	if err != nil {
		return err
	}
	body := integrationsBody{Search: l.Search, All: home + "/integrations", Pager: web.Pager{Shown: len(found)}}
	for _, client := range found {
		body.Rows = append(body.Rows, integrationRowOf(client, v))
	}
	if l.After != "" {
		body.Pager.First = people.Listing{Search: l.Search}.At(body.All)
	}
	if next != "" {
		body.Pager.Next = people.Listing{Search: l.Search, After: next}.At(body.All)
	}
	f := s.frame(v, inIntegrations, "integrations", "Integrations")
	f.Wide = true
	return s.show(w, r, http.StatusOK, "integrations", f, body)
}

func integrationPath(id idp.ClientID) string {
	return home + "/integrations/" + url.PathEscape(string(id))
}

func integrationRowOf(c idp.Client, v door.Visitor) integrationRow {
	r := integrationRow{
		URL: integrationPath(c.ID), Name: c.Name, ID: string(c.ID), Owner: c.Owner, Purpose: c.Purpose,
		Review: web.NewDay(c.ReviewAt, v.Zone()), Overdue: !c.ReviewAt.IsZero() && !v.Now.Before(c.ReviewAt),
		Used: web.NewMoment(c.LastUsedAt, v.Now, v.Zone()),
	}
	if c.Disabled {
		r.Badges = append(r.Badges, web.Badge{Text: "Disabled"})
	}
	if ends, known := secretsEnd(c, v.Now); known {
		r.Badges = append(r.Badges, secretBadge(ends, v))
	}
	return r
}

// soon is how long before the end of a secret the register begins to say so.
const soon = 30 * 24 * time.Hour

// secretsEnd is when the integration stops working unless it gets another secret: the latest end of those that are live. It is
// not known if one of the secrets never ends, or if there are none.
func secretsEnd(c idp.Client, now time.Time) (ends time.Time, known bool) {
	for _, secret := range c.Secrets {
		if secret.ExpiresAt.IsZero() {
			return time.Time{}, false
		}
		if secret.ExpiresAt.After(ends) {
			ends = secret.ExpiresAt
		}
	}
	return ends, !ends.IsZero() && ends.Sub(now) < soon
}

func secretBadge(ends time.Time, v door.Visitor) web.Badge {
	day := web.NewDay(ends, v.Zone()).Human
	if !v.Now.Before(ends) {
		return web.Badge{Tone: web.ToneBad, Text: "Secret ended on " + day}
	}
	return web.Badge{Tone: web.ToneWarn, Text: "Secret ends on " + day}
}

// integrationBody is one integration, with the form for what the practice records about it.
type integrationBody struct {
	Client  integrationRow
	Scopes  string
	Secrets []secretRow
	Keys    bool // authenticates by a key or a certificate instead
	Added   web.ClockTime
	Prove   string // where the visitor confirms who they are, beside this page; "": no need
	Stale   bool
	Version int64
	Owner   web.Input
	Purpose web.Area
	Review  web.Input
	Back    string
}

// secretRow is a secret by its dates; the page never has the secret itself.
type secretRow struct {
	Added, Ends web.ClockTime
	Over        bool
}

// integration shows one.
func (s *Surface) integration(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	client, err := s.ownClient(r, v)
	if err != nil {
		return err
	}
	return s.showIntegration(w, r, v, client, url.Values{
		"owner": {client.Owner}, "purpose": {client.Purpose}, "review": {web.NewDay(client.ReviewAt, v.Zone()).Machine},
	}, web.NoProblem())
}

// saveIntegration saves who answers for it, why it is needed, and when it is reviewed.
func (s *Surface) saveIntegration(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	form, err := web.Form{Lines: []string{"version", "owner", "review"}, Texts: []string{"purpose"}}.Read(w, r)
	if err != nil {
		return err
	}
	client, err := s.ownClient(r, v)
	if err != nil {
		return err
	}
	edit, err := integrationEdit(form, v)
	if err == nil {
		_, err = s.Clients.EditClient(r.Context(), v.Caller, client.ID, edit, v.Now)
	}
	p, err := orProblem(err)
	if err != nil {
		return err
	}
	if p.Text != "" {
		return s.showIntegration(w, r, v, client, form, p)
	}
	return s.kit.Done(w, r, integrationPath(client.ID), "integration")
}

func integrationEdit(form url.Values, v door.Visitor) (directory.ClientEdit, error) {
	version, err := strconv.ParseInt(form.Get("version"), 10, 64)
	if err != nil {
		return directory.ClientEdit{}, idp.Invalid("version", "The form is not whole. Open this page again.")
	}
	review, err := kit.Day("review_at", form.Get("review"), v.Zone())
	if err != nil {
		return directory.ClientEdit{}, err
	}
	owner, purpose := form.Get("owner"), form.Get("purpose")
	return directory.ClientEdit{Version: version, Owner: &owner, Purpose: &purpose, ReviewAt: &review}, nil
}

// ownClient reads an integration of the visitor's practice.
func (s *Surface) ownClient(r *http.Request, v door.Visitor) (idp.Client, error) {
	client, err := s.Clients.FindClient(r.Context(), v.Caller, idp.ClientID(r.PathValue("client")), v.Now)
	if err != nil {
		return idp.Client{}, err
	}
	if client.PracticeID != v.Account.Practice.ID {
		return idp.Client{}, idp.ErrNotFound // APS staff may see others, but not on this surface
	}
	return client, nil
}

func (s *Surface) showIntegration(w http.ResponseWriter, r *http.Request, v door.Visitor, c idp.Client, form url.Values, p web.Problem) error {
	f := s.frame(v, inIntegrations, "integration", c.Name)
	f.Shell.Back = &web.Link{URL: home + "/integrations", Label: "Integrations"}
	f.Note = s.kit.Note(r)
	p = p.Renamed("review_at", "review")
	f.Alert = p.Alert("owner", "purpose", "review")
	body := integrationBody{
		Client: integrationRowOf(c, v), Scopes: strings.Join(c.Scopes, ", "), Keys: !c.AuthMethod.BySecret(),
		Added: web.NewMoment(c.CreatedAt, v.Now, v.Zone()), Prove: s.kit.Beside(p), Stale: isStale(p), Version: c.Version, Back: home + "/integrations",
		Owner: web.Input{
			Name: "owner", Label: "Owner", Hint: "Who in the practice answers for it.", Type: "text", Autocomplete: "off",
			Value: form.Get("owner"), Error: p.Of("owner"),
		},
		Purpose: web.Area{
			Name: "purpose", Label: "Purpose", Hint: "What it is for, and why it may work without MFA.", Value: form.Get("purpose"),
			MaxLength: 500, Error: p.Of("purpose"),
		},
		Review: web.Input{
			Name: "review", Label: "Look again on", Hint: "On this day we remind your administrators to check that it is still needed.",
			Type: "date", Autocomplete: "off", Value: form.Get("review"), Error: p.Of("review"),
		},
	}
	for _, secret := range c.Secrets {
		body.Secrets = append(body.Secrets, secretRow{
			Added: web.NewDay(secret.CreatedAt, v.Zone()), Ends: web.NewDay(secret.ExpiresAt, v.Zone()),
			Over: !secret.ExpiresAt.IsZero() && !v.Now.Before(secret.ExpiresAt),
		})
	}
	return s.show(w, r, p.Status, "integration", f, body)
}
