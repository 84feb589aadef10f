package kit

import (
	"net/url"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/web"
)

// The fields of the form in which a practice's people, or APS, say who needs a passkey. The names are those of package directory.
const (
	passkeysFrom           = "phishing_resistance_from"
	passkeysAdministrators = "phishing_resistance_administrators_from"
	passkeyModels          = "passkey_models"
)

// PasskeyForm are the fields of the form.
func PasskeyForm() web.Form {
	return web.Form{Lines: []string{"version", passkeysFrom, passkeysAdministrators}, Lists: []string{passkeyModels}}
}

// PasskeyTyped is the form as it says what is stored.
func PasskeyTyped(p idp.Practice) url.Values {
	day := func(at time.Time) string { return web.NewDay(at, p.Place()).Machine }
	return url.Values{
		passkeysFrom: {day(p.PhishingResistanceFrom)}, passkeysAdministrators: {day(p.PhishingResistanceAdministratorsFrom)}, passkeyModels: p.PasskeyModels,
	}
}

// PasskeyInputs are the two days, with what was typed and what is wrong with it.
func PasskeyInputs(typed url.Values, p web.Problem) []web.Input {
	day := func(name, label, hint string) web.Input {
		return web.Input{Name: name, Label: label, Hint: hint, Type: "date", Value: typed.Get(name), Autocomplete: "off", Optional: true, Error: p.Of(name)}
	}
	return []web.Input{
		day(passkeysAdministrators, "Administrators need a passkey from", "System Administrators and people with User Management+. Ask them first."),
		day(passkeysFrom, "Everybody needs a passkey from", "From this day on security codes open nothing any more."),
	}
}

// PasskeyModels are the kinds of passkeys, with those ticked that are allowed. One that has no name here is kept by its identifier.
func PasskeyModels(typed url.Values, p web.Problem) web.Options {
	o := web.Options{
		Name: passkeyModels, Label: "Only these passkeys may be added", Hint: "Tick none to allow all. What was added before stays.", Error: p.Of(passkeyModels),
	}
	chosen := slices.Clone(typed[passkeyModels])
	for _, m := range passkey.Models() {
		o.Options = append(o.Options, web.Option{Value: m.ID, Label: m.Name, Chosen: slices.Contains(chosen, m.ID)})
		chosen = slices.DeleteFunc(chosen, func(id string) bool { return id == m.ID })
	}
	for _, id := range chosen {
		o.Options = append(o.Options, web.Option{Value: id, Label: id, Chosen: true})
	}
	return o
}

// PasskeyEdit is what the form asks for. Errors: idp.CodeInvalid about the day.
func PasskeyEdit(typed url.Values, p idp.Practice) (edit directory.PracticeEdit, err error) {
	models := slices.Clone(typed[passkeyModels])
	if models == nil {
		models = []string{}
	}
	everybody, wrong := Day(passkeysFrom, typed.Get(passkeysFrom), p.Place())
	administrators, wrongToo := Day(passkeysAdministrators, typed.Get(passkeysAdministrators), p.Place())
	edit = directory.PracticeEdit{
		PhishingResistanceFrom: kept(everybody, p.PhishingResistanceFrom, p.Place()), PasskeyModels: &models,
		PhishingResistanceAdministratorsFrom: kept(administrators, p.PhishingResistanceAdministratorsFrom, p.Place()),
	}
	return edit, idp.AllInvalid(wrongToo, wrong)
}

// kept is the day, or nil if that is the day of the stored moment, which may be later in the day.
func kept(day, stored time.Time, place idp.Place) *time.Time {
	if web.NewDay(day, place).Machine == web.NewDay(stored, place).Machine {
		return nil
	}
	return &day
}
