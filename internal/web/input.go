package web

import "strings"

// Input is one text field of a form, as the template "input" shows it. Its identifier in the page is its name.
type Input struct {
	Name         string
	Label        string
	Hint         string
	Error        string    // not empty: marked invalid and described by this
	ByAlert      bool      // marked invalid and described by the alert, which is about other fields too
	Type         string    // "text", "email", "tel", "password"
	Value        string    // what was typed before; never a secret
	Autocomplete string    // the purpose (WCAG 1.3.5), or "off"
	Inputmode    string    // which keyboard a phone shows
	MaxLength    int       // in characters; 0: no limit in the page, because the browser would cut what is pasted without a warning
	Examples     []Example // behind the hint
	Masked       bool      // with Type "text": the text is not shown, and the browser does not take the field for a password
	Code         bool      // a security code: wide digits, and filled from the text message
	Reveal       string    // what the button that shows the text calls it; "": no such button
	Autofocus    bool
	Optional     bool
	Describes    []string // identifiers of other texts that describe it
}

// Example is what may be typed, for one choice of another field. The style sheet shows that of the choice that holds, or all.
type Example struct{ Of, Label, Text string }

// Invalid reports whether the field is at fault.
func (i Input) Invalid() bool { return i.Error != "" || i.ByAlert }

// DescribedBy lists what describes the field: its hint, its error and the rest.
func (i Input) DescribedBy() string {
	var ids []string
	if i.Hint != "" {
		ids = append(ids, i.Name+"-hint")
	}
	ids = append(ids, i.Describes...)
	if i.Error != "" {
		ids = append(ids, i.Name+"-error")
	}
	if i.ByAlert {
		ids = append(ids, "alert")
	}
	return strings.Join(ids, " ")
}
