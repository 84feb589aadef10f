package directory

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/idp"
)

// maxDetail bounds one side of a change in an event, in bytes.
const maxDetail = 300

// errStale answers an edit of something that was changed since whoever edits it read it. Its text tells it from a collision
// inside the store, which is tried again.
func errStale() error {
	return &idp.Error{Code: idp.CodeConflict, Public: "Somebody else has changed this since you opened it. Look at it again and repeat your change."}
}

// edits is what a command changes, old and new, by the name of the field: the Details of its event. No secret is ever in it.
type edits map[string]string

// edit sets field to what is wanted, if anything is, and remembers a change.
func edit[T any](e edits, name string, field, wanted *T, write func(T) string) {
	if wanted == nil {
		return
	}
	before, after := write(*field), write(*wanted)
	if before != after {
		e[name] = shortened(before) + " → " + shortened(after)
	}
	*field = *wanted
}

func text[T ~string](value T) string {
	if value == "" {
		return "none"
	}
	return string(value)
}

func words[T ~string](values []T) string {
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = string(value)
	}
	return text(strings.Join(all, " "))
}

func moment(at time.Time) string {
	if at.IsZero() {
		return "none"
	}
	return at.UTC().Format(time.RFC3339)
}

func span(d time.Duration) string {
	if d == 0 {
		return "none"
	}
	return d.String()
}

// fingerprint names a long value by the beginning of its SHA-256.
func fingerprint(value string) string {
	if value == "" {
		return "none"
	}
	return "sha-256 " + idp.HashToken(value)[:16]
}

func yesNo(value bool) string { return strconv.FormatBool(value) }

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
