package activity

import (
	"maps"
	"slices"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// Entry is an event as people read it.
type Entry struct {
	Title   string
	Why     string // "" if there is nothing to say
	Failed  bool
	Proved  string // with what a person proved who they are: "password and authenticator app"; "" where the event does not say
	Details []Detail
}

// Detail is a further fact of an event, such as what was changed.
type Detail struct{ Label, Value string }

// Describe words an event. One of a type that is newer than this program is shown by its name.
func Describe(e idp.AuditEvent) Entry {
	entry := Entry{Title: title(e), Why: reason(e.Reason), Failed: e.Result == idp.ResultFailure}
	for _, key := range slices.Sorted(maps.Keys(e.Details)) {
		if key == "amr" {
			entry.Proved = Factors(e.Details[key])
			continue
		}
		entry.Details = append(entry.Details, Detail{Label: label(key), Value: value(key, e.Details[key])})
	}
	return entry
}

// DescribeSignin words the last step of a sign-in that a list shows, for all of its steps, oldest first. One that has not come to an
// end is called by what it is, and says how far it came. Any other event has no steps, and is worded as Describe does.
func DescribeSignin(e idp.AuditEvent, steps []idp.AuditEvent) Entry {
	entry := Describe(e)
	if len(steps) == 0 {
		return entry
	}
	ends := []idp.EventType{idp.EventSigninSucceeded, idp.EventSigninLocked, idp.EventSigninRefused}
	if steps[len(steps)-1].ID == e.ID && !entry.Failed && !slices.Contains(ends, e.Type) {
		entry.Title, entry.Why = "Began to sign in", "so far: "+lower(entry.Title)
	}
	return entry
}

func title(e idp.AuditEvent) string {
	known, ok := sentences[e.Type]
	switch {
	case !ok:
		return string(e.Type)
	case e.Result == idp.ResultFailure && known.failed != "":
		return known.failed
	case e.Result == idp.ResultFailure:
		return "Refused: " + lower(known.done)
	case known.done == "":
		return known.failed
	default:
		return known.done
	}
}

// lower begins a sentence inside another one: "The person was disabled" as "the person was disabled", but "MFA …" as it is.
func lower(text string) string {
	first, _, _ := strings.Cut(text, " ")
	if first == strings.ToUpper(first) && len(first) > 1 {
		return text
	}
	return strings.ToLower(text[:1]) + text[1:]
}

func reason(code idp.Reason) string {
	if text, ok := reasons[code]; ok {
		return text
	}
	return strings.ReplaceAll(string(code), "_", " ")
}

func label(key string) string {
	text := strings.ReplaceAll(key, "_", " ")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// Type is a choice of events in a filter: its Value is what directory.EventQuery.Type takes.
type Type struct{ Value, Label string }

// Types lists the choices, in the order in which people look for them.
func Types() []Type {
	return []Type{
		{"signin.", "Signing in"},
		{"session.", "Sessions"},
		{"mfa.", "MFA"},
		{"password.", "Passwords"},
		{"recovery_pin.", "Recovery PINs"},
		{"authenticator.", "Ways to sign in"},
		{"user.", "People"},
		{"client.", "Apps and integrations"},
		{"practice.", "The practice"},
		{"case.", "APS support cases"},
		{"access.", "Refused requests"},
		{"link.", "Links in emails"},
		{"token.", "Misuse of tokens"},
		{"logout.", "Sign-outs told to apps"},
		{"events.", "Exports"},
		{"issuer.", "The address of this service"},
	}
}

// IsType reports whether the value is one of Types.
func IsType(value string) bool {
	return slices.ContainsFunc(Types(), func(t Type) bool { return t.Value == value })
}
