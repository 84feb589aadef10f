package web

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/idp"
)

// Shell is the frame of an app that people are signed in to: User Management+, the support desk, Your account. A page whose
// Frame has one is shown in it, instead of the narrow card of the sign-in.
type Shell struct {
	App      string    // "User Management+"
	Home     string    // its first page
	Nav      []NavItem // empty: none
	Who      string    // the name of the person who is signed in
	Username string
	Practice string
	Account  string // the address of Your account; "" on Your account itself
	SignOut  string // where the form to sign out goes: door's Home+"/sign-out"
	Staff    bool   // the visitors are APS support: no footer sends them to it
	Back     *Link  // above the heading: the page that this one belongs to; nil for none
	Action   *Link  // beside the heading: the main action of the page; nil for none
}

// NavItem is a way to another page of the app.
type NavItem struct {
	URL     string
	Label   string
	Count   string // how many wait there, in words or digits; "" for none
	Current bool
}

// Initials are the one or two letters that stand for the person who is signed in.
func (s Shell) Initials() string {
	words := strings.Fields(s.Who)
	if len(words) == 0 {
		return "?"
	}
	first := letter(words[0])
	if len(words) == 1 {
		return strings.ToUpper(first)
	}
	return strings.ToUpper(first + letter(words[len(words)-1]))
}

// letter is the first letter of a word, with the marks that are written on it.
func letter(word string) string {
	_, end := utf8.DecodeRuneInString(word)
	for at, r := range word[end:] {
		if !unicode.IsMark(r) {
			return word[:end+at]
		}
	}
	return word
}

// Badge is a short state in a list: "Enrolled", "Locked".
type Badge struct {
	Tone Tone // "" is neutral
	Text string
}

// Pager leads through a list. Lists that are read in one direction have First and Next only.
type Pager struct {
	Shown    int    // rows on this page
	First    string // address of the first page; "": this is it
	Previous string // address of the page before; "": there is none, or it is not known
	Next     string // address of the next; "": there is none
	Last     string // address of the last; "": this is it, or it is not known
	Of       string // where in the list the rows are, and what they are: "201–250 of 9,006", "12 people"; "": not said
}

// Place says where the rows of a page are in a list of people: "201–250 of 9,006", or "12 people" if all are shown.
func Place(before, shown, total int64) string {
	if shown == total {
		return Count(total, "person", "people")
	}
	if shown == 1 {
		return idp.Number(before+1) + " of " + idp.Number(total)
	}
	return idp.Number(before+1) + "–" + idp.Number(before+shown) + " of " + idp.Number(total)
}

// Heading is the heading of a column that sorts its list.
type Heading struct {
	Label string
	URL   string // the list in the order of this column, or the other way round if it is already
	Order string // "ascending" or "descending", as aria-sort has it; "": the list is in another order
	Spare bool   // there is no room for the column beside a drawer
}

// Nothing is what a list says instead of rows, with what to do next.
type Nothing struct {
	Text string
	Next []Link
}

// MenuItem is a line of a [...] menu: a page for the action, or the reason why it can't be done.
type MenuItem struct {
	URL    string
	Label  string
	Why    string // why it can't be done now; "": it can
	Danger bool
}

// Menu is a [...] menu.
type Menu struct {
	Label string // for screen readers: "Actions for Mia Chen"
	Why   string // why no item can be done, if all Items have the same reason: said once
	Items []MenuItem
}

// Confirm is the form that asks a person to confirm an action with consequences.
type Confirm struct {
	Action       string   // where the form goes; "": to this page's own address
	Lead         string   // a sentence above the list; "" for none
	Consequences []string // what happens, in plain words
	Reason       *Area    // nil: no reason is asked for
	Button       string   // the action in words: "Reset MFA"
	Danger       bool
	Cancel       string  // where it leads if the person does not go on
	Fields       []Field // hidden
}

// Area is a field of several lines, as the template "area" shows it; its text fields mean what those of Input do.
type Area struct {
	Name      string
	Label     string
	Hint      string
	Error     string
	Value     string
	MaxLength int // in characters
	Rows      int
	Optional  bool
}

// DescribedBy lists what describes the field.
func (a Area) DescribedBy() string {
	return Input{Name: a.Name, Hint: a.Hint, Error: a.Error}.DescribedBy()
}

// Option is a line of a select or a group of check boxes or radio buttons.
type Option struct {
	Value    string
	Label    string
	Hint     string
	Chosen   bool
	Disabled bool
}

// Options are a choice of one (the template "select") or of several (the template "checks") under one name.
type Options struct {
	Name    string
	Label   string
	Hint    string
	Error   string
	Options []Option
}

// DescribedBy lists what describes the choice.
func (o Options) DescribedBy() string {
	return Input{Name: o.Name, Hint: o.Hint, Error: o.Error}.DescribedBy()
}
