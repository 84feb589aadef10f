package rp

import (
	"encoding/base64"
	"time"
)

// personMemory is how long after a session's end this browser still knows whose it was: for that time, its page is given back to
// the same person only.
const personMemory = 48 * time.Hour

// persons name people to their own browsers, in values that say nothing of them and that no one but the app can make.
type persons struct{ key []byte }

func newPersons(clientID, secret string) persons {
	return persons{key: mac([]byte(secret), "aps app person", clientID)}
}

// name is the same for the same person, and does not reveal who it is.
func (p persons) name(subject string) string {
	return base64.RawURLEncoding.EncodeToString(mac(p.key, "name", subject)[:18])
}

// draftKey is 256 bits with which the person's browser seals what was typed on a page that is signed out: the app gives it only
// to a browser that is signed in as this person, so no one else reads a draft that was left behind.
func (p persons) draftKey(subject string) string {
	return base64.StdEncoding.EncodeToString(mac(p.key, "draft", subject))
}
