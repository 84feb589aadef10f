package browser

import (
	"encoding/base64"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	actPrefix = "apsid_act_"
	// actLifetime is how long a sign-in that was begun for an act says so.
	actLifetime = 10 * time.Minute
	// longestAct bounds the words, in bytes.
	longestAct = 300
)

// SetAct keeps in words what the person wants to do at the app and proves again who they are for, so that the pages of the sign-in
// say it. Only this origin can set it, and nothing is decided by it.
func (c Cookies) SetAct(w http.ResponseWriter, client idp.ClientID, words string) {
	if len(words) > longestAct {
		return
	}
	c.set(w, c.actName(client), idp.NewSecret(base64.RawURLEncoding.EncodeToString([]byte(words))), actLifetime)
}

// Act returns what SetAct kept; "" if there is none, or two.
func (c Cookies) Act(r *http.Request, client idp.ClientID) string {
	value, err := read(r, c.actName(client))
	if err != nil {
		return ""
	}
	words, err := base64.RawURLEncoding.DecodeString(value.Reveal())
	if err != nil || len(words) > longestAct {
		return ""
	}
	return string(words)
}

// ClearAct removes what SetAct kept, if there is any.
func (c Cookies) ClearAct(w http.ResponseWriter, r *http.Request, client idp.ClientID) {
	if len(r.CookiesNamed(c.actName(client))) > 0 {
		c.clear(w, c.actName(client))
	}
}

func (c Cookies) actName(client idp.ClientID) string {
	return c.prefix(actPrefix) + short(string(client))
}
