package directory

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/idp"
)

// maxDetail is the longest text of an old or new value in an event, in bytes.
const maxDetail = 300

// errStale answers an edit of something that was changed since the editor read it. It has a text, unlike a collision inside the
// store, which is tried again.
func errStale() error {
	return &idp.Error{Code: idp.CodeConflict, Public: "Somebody else has changed this since you opened it. Look at it again and repeat your change."}
}

// edits holds the old and new values that a command changes, by the name of the field: the Details of its event. It never holds a
// secret.
type edits map[string]string

// note remembers a change.
func (e edits) note(name, before, after string) {
	if before != after {
		e[name] = shortened(before) + " → " + shortened(after)
	}
}

// nothing is how the audit trail says that there is no value.
const nothing = "none"

// or joins the texts of a value; it returns none if there are no texts.
func or(none string, texts []string) string {
	if len(texts) == 0 {
		return none
	}
	return strings.Join(texts, " ")
}

func text[T ~string](value T) string { return or(nothing, word(value)) }

func words[T ~string](values []T) string { return or(nothing, list(values)) }

func moment(at time.Time) string { return or(nothing, instant(at)) }

func shortened(value string) string {
	if len(value) <= maxDetail {
		return value
	}
	cut := maxDetail
	for !utf8.RuneStart(value[cut]) {
		cut--
	}
	return value[:cut] + "…"
}
