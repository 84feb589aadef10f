package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/idp"
)

// details are what the templates may say. All of it is either ours or made harmless, and one line.
type details struct {
	Service             string // what people know us as; "" in a text message that it does not fit in
	Name, Practice, App string
	First               string // the name by which a subject calls the reader; "" without a name
	Method, Way         string // "An authenticator app", which begins a sentence, and the same inside one
	When                string // in the practice's time zone, with its name
	Moment              string // the same, short
	Until               string // "" for no end
	Device, Address     string
	Support             string // "APS support on 1800 000 000 or at support@example.com"
	Call                string // the same with one way, for a text message

	By, About, Text string
	Code            string // in groups of four
	URL, NotMeURL   string // "" for none
	From            string // a day
	Days            int
	Yes             bool // the answer to a request was yes
}

func (w *wording) details(n idp.Notice) details {
	place := n.Place()
	d := details{
		Service: w.service, Name: nameOf(n.Name), Practice: nameOf(n.Practice), App: nameOf(n.App),
		Way:     wayOf(n.Method),
		When:    place.Full(n.At),
		Moment:  place.Short(n.At),
		Device:  deviceOf(n.UserAgent),
		Address: addressOf(n.Address),
		Support: w.support.sentence(),
		Call:    w.support.short(),
	}
	d.First, d.Method = firstOf(d.Name), upperFirst(d.Way)
	d.By, d.About, d.Text = nameOf(n.By), nameOf(n.About), sentenceOf(n.Text)
	d.Code, d.Days, d.Yes = inGroups(strings.ReplaceAll(n.Code.Reveal(), " ", "")), n.Days, n.Days > 0
	d.URL, d.NotMeURL = w.link(n.Link), w.link(n.NotMe)
	if !n.From.IsZero() {
		d.From = place.Day(n.From)
	}
	if !n.Until.IsZero() {
		d.Until = place.Full(n.Until)
	}
	return d
}

// firstOf is the first word of a name, by which a subject calls its reader. An initial or a title is none, and then it is the whole.
func firstOf(name string) string {
	first, _, _ := strings.Cut(name, " ")
	if utf8.RuneCountInString(first) < 2 || strings.HasSuffix(first, ".") {
		first = name
	}
	return bounded(first, longestFirst)
}

func upperFirst(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// link is the address of a page that acts once its form is posted; "" without a token. Its host comes from configuration alone
// (ABUSE 14, 24).
func (w *wording) link(token idp.Secret) string {
	if token.IsZero() {
		return ""
	}
	return w.issuer.JoinPath("account", "link", token.Reveal()).String() // #nosec G125 -- a token is of the letters of base64url
}

// inGroups makes a code easy to read out.
func inGroups(code string) string {
	const group = 4
	if len(code) <= group {
		return code
	}
	return code[:group] + " " + inGroups(code[group:])
}

func wayOf(kind idp.Kind) string {
	switch kind {
	case idp.KindTOTP:
		return "an authenticator app"
	case idp.KindSMS:
		return "a mobile number for security codes"
	case idp.KindPasskey:
		return "a passkey"
	default:
		return "MFA"
	}
}
