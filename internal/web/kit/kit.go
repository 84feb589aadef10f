package kit

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// Kit is what one surface gives to this package. All of it is needed.
type Kit struct {
	Pages *web.Pages
	Door  *door.Door
	Home  string              // where the surface lives: "/manage"; its templates are in the folder of the same name
	Parts []Part              // of its navigation, in order
	Notes map[string]web.Note // what a page says about what was just done, by the name that Done gives it
}

// Part is a part of a surface, as its navigation has it.
type Part struct {
	Path  string // below Home: "/mfa"; "" is its first page
	Label string
}

// Good are notes about what went well, by their names.
func Good(texts map[string]string) map[string]web.Note {
	notes := map[string]web.Note{}
	for name, text := range texts {
		notes[name] = web.Note{Tone: web.ToneGood, Text: text}
	}
	return notes
}

// Check returns an error if something is missing.
func (k Kit) Check() error {
	if k.Pages == nil || k.Door == nil || len(k.Home) < 2 || k.Home[0] != '/' || len(k.Parts) == 0 {
		return errors.New("kit: pages, a door, a path and the parts of the surface are needed")
	}
	return nil
}

// Frame is the frame around a page for this visitor; part is the label of the part that the page belongs to.
func (k Kit) Frame(v door.Visitor, part, step, title string) web.Frame {
	items := make([]web.NavItem, 0, len(k.Parts))
	for _, each := range k.Parts {
		items = append(items, web.NavItem{URL: k.Home + each.Path, Label: each.Label})
	}
	return web.Frame{Step: step, Title: title, Language: v.Zone().Language(), Shell: v.Shell(k.Home, part, items...)}
}

// Show writes a page of the surface.
func (k Kit) Show(w http.ResponseWriter, r *http.Request, status int, page string, f web.Frame, body any) error {
	f.Body = body
	k.Pages.Render(w, r, status, strings.TrimPrefix(k.Home, "/")+"/"+page, f)
	return nil
}

// Done leads to a page of the surface after a form, which says what was done: see Note.
func (k Kit) Done(w http.ResponseWriter, r *http.Request, to, done string) error {
	joint := "?"
	if strings.Contains(to, "?") {
		joint = "&"
	}
	http.Redirect(w, r, to+joint+"done="+url.QueryEscape(done), http.StatusSeeOther)
	return nil
}

// Note is what a page says about what was just done. The address names one of the surface's notes, and can't show any other
// text; nil for an unknown name.
func (k Kit) Note(r *http.Request) *web.Note {
	note, known := k.Notes[r.URL.Query().Get("done")]
	if !known {
		return nil
	}
	return &note
}
