package notify

import (
	"bytes"
	"fmt"
	htmltemplate "html/template"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// letter is all that an e-mail says. Its two forms, text and HTML, add no words of their own, so that they can't say different things.
type letter struct {
	Subject string // also the heading
	Brand   Brand
	Service string // beside the brand of an app; "": it is the brand
	What    []string
	Code    *fact // to read out
	Action  *action
	Facts   []fact
	Next    []string
	Doubt   string // "This wasn't you?"
	NotYou  []string
	Freeze  *action
	Footer  []string
}

// fact is a line of the table: when, where, by whom.
type fact struct{ Label, Value string }

// action is a button, or a link, to a page of ours.
type action struct {
	Label, URL string
	Brand      Brand // of the button
}

// letter fills in the words of the kind. The parts of words come from the templates, and what they are filled in with is one line each
// (details), so a blank line always divides two paragraphs of ours.
func (w *wording) letter(n idp.Notice, d details, brand Brand) (letter, error) {
	var failed error
	part := func(name string) string {
		var text strings.Builder
		if err := w.words[n.Kind].ExecuteTemplate(&text, name, d); err != nil && failed == nil {
			failed = fmt.Errorf("notice %s: %w", n.Kind, err)
		}
		return strings.TrimSpace(text.String())
	}
	l := letter{
		Subject: to(d.First, part("subject")), Brand: brand, What: paragraphs(part("what")), Facts: w.facts(n, d), Next: paragraphs(part("next")),
		Doubt: part("doubt"), NotYou: paragraphs(part("not you")), Footer: paragraphs(part("footer")),
	}
	if brand.Name != w.service {
		l.Service = w.service
	}
	if label := part("code"); label != "" {
		l.Code = &fact{label, d.Code}
	}
	l.Action = w.action(action{part("action"), d.URL, brand}, part("page"))
	if d.NotMeURL != "" {
		l.NotYou = append(l.NotYou, part("frozen"))
		l.Freeze = &action{part("freeze"), d.NotMeURL, brand}
	}
	return l, failed
}

// action is the button: to the link of the notice, or to a page of ours that the words name; nil without either.
func (w *wording) action(a action, page string) *action {
	if page != "" {
		a.URL = w.issuer.JoinPath(page).String()
	}
	if a.Label == "" || a.URL == "" {
		return nil
	}
	return &a
}

// facts says when, in which app and practice, by whom and from where. The place is left out of mails to a mailbox that nobody has
// proven to be the person's, and of what people of APS did.
func (w *wording) facts(n idp.Notice, d details) []fact {
	shape := kinds()[n.Kind]
	when := fact{"When", d.When}
	if shape.dated && d.From != "" {
		when = fact{"Date", d.From}
	}
	all := []fact{when, {"App", d.App}, {"Practice", d.Practice}}
	if shape.placed {
		all = append(all, fact{"Done by", d.By}, fact{"Device", upperFirst(d.Device)}, fact{"Network address", d.Address})
	}
	known := all[:0]
	for _, each := range all {
		if each.Value != "" {
			known = append(known, each)
		}
	}
	return known
}

// text is the letter without marks: a paragraph, a fact or a link to a line.
func (l letter) text() string {
	sections := []string{strings.TrimSuffix(l.Brand.Name+" · "+l.Service, " · "), l.Subject}
	sections = append(sections, l.What...)
	if l.Code != nil {
		sections = append(sections, l.Code.Label+" "+l.Code.Value+".")
	}
	sections = append(sections, l.Action.text()...)
	var facts []string
	for _, each := range l.Facts {
		facts = append(facts, each.Label+": "+each.Value)
	}
	sections = append(sections, strings.Join(facts, "\n"))
	sections = append(sections, l.Next...)
	sections = append(sections, l.Doubt)
	sections = append(sections, l.NotYou...)
	sections = append(sections, l.Freeze.text()...)
	sections = append(sections, l.Footer...)
	return strings.Join(sections, "\n\n") + "\n"
}

func (a *action) text() []string {
	if a == nil {
		return nil
	}
	return []string{a.Label + ":\n" + a.URL}
}

// mail is the letter to that address.
func (l letter) mail(address string, page *htmltemplate.Template) (Mail, error) {
	var body bytes.Buffer
	err := page.Execute(&body, l)
	return Mail{To: address, Subject: l.Subject, Text: l.text(), HTML: body.String(), Logo: l.Brand.Logo}, err
}

// to begins a subject with the name of its reader: "Tom, your MFA was reset". Without a name it begins with a capital letter.
func to(first, text string) string {
	if first == "" {
		return bounded(oneLine(upperFirst(text)), longestSubject)
	}
	return bounded(oneLine(first+", "+text), longestSubject)
}

// paragraphs splits words at blank lines.
func paragraphs(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n\n")
}
