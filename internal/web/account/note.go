package account

import (
	"net/http"

	"github.com/apscloud/apsid/internal/web"
)

// noted leads to a page of ours that says what was done, by the name of it: see noteOf.
func noted(path, what string) string { return path + "?done=" + what }

// noteOf is what the page says about what was just done. The address names it, and can't say anything else.
func noteOf(r *http.Request) *web.Note {
	switch r.URL.Query().Get("done") {
	case "added":
		return &web.Note{Tone: web.ToneGood, Text: "Added. You can use it the next time you sign in."}
	case "renamed":
		return &web.Note{Tone: web.ToneGood, Text: "The name is changed."}
	case "removed":
		return &web.Note{Tone: web.ToneGood, Text: "Removed. It no longer works for signing in."}
	case "pin":
		return &web.Note{Tone: web.ToneGood, Text: "Your recovery PIN is set. Keep it where you will find it without your phone."}
	case "signed-out":
		return &web.Note{Tone: web.ToneGood, Text: "That session is signed out."}
	case "over":
		return &web.Note{Tone: web.ToneInfo, Text: "That took too long, so we started again. Nothing was added."}
	default:
		return nil
	}
}
