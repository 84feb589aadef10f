package manage

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/apscloud/apsid/internal/web"
)

// redirect leads to a page of ours that says what was done, by the name of it: see noteOf.
func redirect(w http.ResponseWriter, r *http.Request, to, done string) {
	joint := "?"
	if strings.Contains(to, "?") {
		joint = "&"
	}
	http.Redirect(w, r, to+joint+"done="+url.QueryEscape(done), http.StatusSeeOther)
}

// notes are what pages say after a form that is not an action's.
var notes = map[string]string{
	"invited":     "The invitation is on its way.",
	"edited":      "Saved.",
	"access":      "Saved. If rights or apps were taken away, the person was signed out.",
	"signed-out":  "That session is signed out.",
	"requested":   "Your request is with APS. We email you the answer.",
	"withdrawn":   "The request is withdrawn.",
	"integration": "Saved.",
}

// noteOf is what the page says about what was just done. The address names it, and can't say anything else.
func noteOf(r *http.Request) *web.Note {
	name := r.URL.Query().Get("done")
	if text, ok := notes[name]; ok {
		return &web.Note{Tone: web.ToneGood, Text: text}
	}
	for _, a := range actions() {
		if a.path == name {
			return &web.Note{Tone: web.ToneGood, Text: a.done}
		}
	}
	return nil
}
