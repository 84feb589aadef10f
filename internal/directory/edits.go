package directory

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/idp"
)

// maxDetail bounds one side of a change in an event, in bytes.
const maxDetail = 300

// errStale answers an edit of something that was changed since the editor read it. Its text tells it from a collision
// inside the store, which is tried again.
func errStale() error {
	return &idp.Error{Code: idp.CodeConflict, Public: "Somebody else has changed this since you opened it. Look at it again and repeat your change."}
}

// edits is what a command changes, old and new, by the name of the field: the Details of its event. No secret is ever in it.
type edits map[string]string

// note remembers a change.
func (e edits) note(name, before, after string) {
	if before != after {
		e[name] = shortened(before) + " → " + shortened(after)
	}
}

// nothing is how the trail says that no value is there.
const nothing = "none"

// or joins the texts of a value; none stands for no texts.
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
