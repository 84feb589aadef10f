package support

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// home is where the app lives; door needs the same.
const home = "/support"

// Config is what the support desk is made of. All of it is needed.
type Config struct {
	Pages     *web.Pages
	Door      *door.Door
	Directory Directory
}

// Surface is the support desk.
type Surface struct{ Config }

// New returns it, or an error if something is missing.
func New(config Config) (*Surface, error) {
	if config.Pages == nil || config.Door == nil || config.Directory == nil {
		return nil, errors.New("support: pages, a door and a directory are needed")
	}
	return &Surface{Config: config}, nil
}

// section is a part of the app, as its navigation has it.
type section string

const (
	inDesk      section = "Desk"
	inPractices section = "Practices"
	inCases     section = "Cases"
	inExplain   section = "Explain a sign-in"
)

// frame is what is around a page for this visitor.
func frame(v door.Visitor, in section, step, title string) web.Frame {
	shell := v.Shell(home, string(in),
		web.NavItem{URL: home, Label: string(inDesk)},
		web.NavItem{URL: home + "/practices", Label: string(inPractices)},
		web.NavItem{URL: home + "/cases", Label: string(inCases)},
		web.NavItem{URL: home + "/explain", Label: string(inExplain)},
	)
	return web.Frame{Step: step, Title: title, Shell: shell}
}

// show writes a page.
func (s *Surface) show(w http.ResponseWriter, r *http.Request, status int, page string, f web.Frame, body any) error {
	f.Body = body
	s.Pages.Render(w, r, status, "support/"+page, f)
	return nil
}

// proved lets a form with consequences be filled in by somebody who has given the second factor lately; others are asked for it
// first, and come back.
func (s *Surface) proved(w http.ResponseWriter, r *http.Request, v door.Visitor) bool {
	if v.MayBegin(idp.ACRMFA) {
		return true
	}
	s.Door.Prove(w, r, v, r.URL.RequestURI(), idp.ACRMFA)
	return false
}

// prove asks for the second factor, and leads back to the page that the address names. Without one it stands in a tab of its own,
// beside a form that was rejected because the proofs were too old, and says when it is done.
func (s *Surface) prove(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	to := r.URL.Query().Get("back")
	if to == "" && v.MayBegin(idp.ACRMFA) {
		return s.show(w, r, http.StatusOK, "proved", frame(v, inDesk, "proved", "You have confirmed who you are"), nil)
	}
	s.Door.Prove(w, r, v, cmp.Or(to, at("prove")), idp.ACRMFA)
	return nil
}

// appNames reads what the apps are called.
func (s *Surface) appNames(ctx context.Context, v door.Visitor) ([]idp.Client, error) {
	const most = 200 // of one page: APS has some ten
	apps, _, err := s.Directory.ListClients(ctx, v.Caller,
		directory.ClientQuery{Kinds: []idp.ClientKind{idp.ClientWeb, idp.ClientNative}}, directory.Page{Limit: most}, v.Now)
	return apps, err
}

// nameOf finds what an app is called; one that is gone keeps its identifier.
func nameOf(apps []idp.Client, id idp.ClientID) string {
	for _, app := range apps {
		if app.ID == id {
			return app.Name
		}
	}
	return string(id)
}

// at is the address of a page below home.
func at(parts ...string) string {
	path := home
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	return path
}

// withQuery adds what of the query is not empty to the address of a page.
func withQuery(path string, query url.Values) string {
	for name, all := range query {
		if len(all) == 0 || all[0] == "" {
			query.Del(name)
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

func practicePath(id idp.PracticeID, more ...string) string {
	return at(append([]string{"practices", string(id)}, more...)...)
}

func userPath(id idp.UserID, more ...string) string {
	return at(append([]string{"users", string(id)}, more...)...)
}

func casePath(id idp.CaseID, more ...string) string {
	return at(append([]string{"cases", string(id)}, more...)...)
}

// back leads to the page, which says what was done: see noteOf.
func back(w http.ResponseWriter, r *http.Request, to, done string) error {
	joint := "?"
	if strings.Contains(to, "?") {
		joint = "&"
	}
	http.Redirect(w, r, to+joint+"done="+url.QueryEscape(done), http.StatusSeeOther)
	return nil
}

// noteOf is what the page says about what was just done. The address names it, and can't say anything else.
func noteOf(r *http.Request) *web.Note {
	text := map[string]string{
		"created":   "The practice is created.",
		"edited":    "Saved.",
		"suspended": "The practice is suspended. Everybody was signed out.",
		"resumed":   "The practice is active again. People sign in anew.",
		"app":       "Saved. Where an app was taken away, people were signed out of it.",
		"mandatory": "Saved.",
		"activated": "MFA is activated. The next sign-in to any APS app asks for it.",
		"declined":  "The answer is on its way to whoever asked.",
		"opened":    "The case is open. The practice’s administrators and the person were told by email.",
		"sent":      "The code is on its way. Ask for it to be read out to you.",
		"checked":   "Recorded.",
		"submitted": "A second member of staff can decide now. Tell a colleague.",
		"approved":  "Approved. Whoever opened the case has an hour to carry it out.",
		"refused":   "Refused. Nothing was changed for the person.",
		"performed": "Done. The person and the practice’s administrators were told.",
		"closed":    "The case is closed. Nothing was changed for the person.",
	}[r.URL.Query().Get("done")]
	if text == "" {
		return nil
	}
	return &web.Note{Tone: web.ToneGood, Text: text}
}
