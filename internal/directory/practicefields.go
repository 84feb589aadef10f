package directory

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

func practiceFields() fields[PracticeEdit, idp.Practice] {
	type (
		e = *PracticeEdit
		p = *idp.Practice
	)
	return fields[PracticeEdit, idp.Practice]{
		editable("name", toPractice, func(e e) **string { return &e.Name }, func(p p) *string { return &p.Name }, word),
		fixed[PracticeEdit]("kind", 0, func(p idp.Practice) idp.PracticeKind { return p.Kind }, word),
		editable("region", 0, func(e e) **idp.Region { return &e.Region }, func(p p) *idp.Region { return &p.Region }, word),
		editable("time_zone", toPractice, func(e e) **string { return &e.TimeZone }, func(p p) *string { return &p.TimeZone }, word),
		editable("phone", 0, func(e e) **string { return &e.Phone }, func(p p) *string { return &p.Phone }, word),
		editable("phishing_resistance_from", toPractice, func(e e) **time.Time { return &e.PhishingResistanceFrom },
			func(p p) *time.Time { return &p.PhishingResistanceFrom }, instant),
		editable("phishing_resistance_administrators_from", toPractice, func(e e) **time.Time { return &e.PhishingResistanceAdministratorsFrom },
			func(p p) *time.Time { return &p.PhishingResistanceAdministratorsFrom }, instant),
		editable("passkey_models", toPractice, func(e e) **[]string { return &e.PasskeyModels }, func(p p) *[]string { return &p.PasskeyModels }, list).
			tidied(func(p p) { p.PasskeyModels = sorted(p.PasskeyModels) }),
		fixed[PracticeEdit]("apps", 0, func(p idp.Practice) []idp.ClientID { return p.Apps }, list),
		fixed[PracticeEdit]("state", 0, func(p idp.Practice) idp.PracticeState { return p.State }, word),
	}
}

// ComparePractices returns what differs between two practices, and the edit of the first that makes it like the second. The kind
// stays for good, and apps and state have commands of their own: they are changes too, and in no edit.
func ComparePractices(before, after idp.Practice) (PracticeEdit, []Change) {
	edit, changes := practiceFields().compare(before, after)
	edit.Version = before.Version
	return edit, changes
}
