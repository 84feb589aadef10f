package account

import (
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/kit"
)

// notes are what pages say after a form.
func notes() map[string]web.Note {
	all := kit.Good(map[string]string{
		"added":      "Added. You can use it the next time you sign in.",
		"renamed":    "The name is changed.",
		"default":    "Changed. Sign-ins ask for this way first.",
		"removed":    "Removed. It no longer works for signing in.",
		"pin":        "Your recovery PIN is set. Keep it where you will find it without your phone.",
		"signed-out": "That session is signed out.",
		"resent":     "Sent again. It is the same code as before.",
	})
	all["over"] = web.Note{Tone: web.ToneInfo, Text: "That took too long, so we started again. Nothing was added."}
	return all
}
