package notify

import (
	"bytes"
	"fmt"
	htmltemplate "html/template"
	"net/url"
	"strings"
	"text/template"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/templates"
)

// wording holds the parsed templates of all notices.
type wording struct {
	support Support
	links   *url.URL // under which the tokens of links stand
	texts   map[idp.NoticeKind]*template.Template
	pages   map[idp.NoticeKind]*htmltemplate.Template
	sms     map[idp.NoticeKind]*template.Template
}

// worded is a notice ready to be sent.
type worded struct {
	mail Mail
	sms  string
}

// details are what the templates may say. All of it is either ours or made harmless.
type details struct {
	Name, Practice, App string
	Method              string // begins a sentence: "An authenticator app"
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

func newWording(support Support, issuer *url.URL) (*wording, error) {
	w := &wording{
		support: support, links: issuer.JoinPath("account", "link"),
		texts: map[idp.NoticeKind]*template.Template{},
		pages: map[idp.NoticeKind]*htmltemplate.Template{},
		sms:   map[idp.NoticeKind]*template.Template{},
	}
	for kind, byText := range kinds() {
		if err := w.parse(kind, byText); err != nil {
			return nil, fmt.Errorf("notice %s: %w", kind, err)
		}
	}
	return w, nil
}

func (w *wording) parse(kind idp.NoticeKind, byText bool) error {
	files := templates.Messages()
	text, err := template.ParseFS(files, "mail/layout.txt", "mail/"+string(kind)+".txt")
	if err != nil {
		return err
	}
	page, err := htmltemplate.ParseFS(files, "mail/layout.gohtml", "mail/"+string(kind)+".gohtml")
	if err != nil {
		return err
	}
	w.texts[kind], w.pages[kind] = text, page
	if byText {
		w.sms[kind], err = template.ParseFS(files, "sms/"+string(kind)+".txt")
	}
	return err
}

// of words a notice: as an e-mail, and as a text if there are texts of this kind. The notice decides which of them are sent.
func (w *wording) of(n idp.Notice) (worded, error) {
	text, known := w.texts[n.Kind]
	if !known {
		return worded{}, fmt.Errorf("notice %q has no words", n.Kind)
	}
	d := w.details(n)
	var subject, body, page, sms bytes.Buffer
	for _, step := range []func() error{
		func() error { return text.ExecuteTemplate(&subject, "subject", d) },
		func() error { return text.ExecuteTemplate(&body, "mail", d) },
		func() error { return w.pages[n.Kind].ExecuteTemplate(&page, "mail", d) },
		func() error {
			if text := w.sms[n.Kind]; text != nil {
				return text.Execute(&sms, d)
			}
			return nil
		},
	} {
		if err := step(); err != nil {
			return worded{}, fmt.Errorf("notice %s: %w", n.Kind, err)
		}
	}
	return worded{
		mail: Mail{To: n.Email, Subject: oneLine(subject.String()), Text: body.String(), HTML: page.String()},
		sms:  oneLine(sms.String()),
	}, nil
}

func (w *wording) details(n idp.Notice) details {
	zone, err := time.LoadLocation(n.TimeZone)
	if err != nil {
		zone = time.UTC // the right moment in another zone, rather than no message
	}
	d := details{
		Name: nameOf(n.Name), Practice: nameOf(n.Practice), App: nameOf(n.App),
		Method:  methodOf(n.Method),
		When:    n.At.In(zone).Format("2 January 2006 at 3:04 pm MST"),
		Moment:  n.At.In(zone).Format("2 Jan 3:04 pm MST"),
		Device:  deviceOf(n.UserAgent),
		Address: addressOf(n.Address),
		Support: w.support.sentence(),
		Call:    w.support.short(),
	}
	d.By, d.About, d.Text = nameOf(n.By), nameOf(n.About), sentenceOf(n.Text)
	d.Code, d.Days, d.Yes = inGroups(strings.ReplaceAll(n.Code.Reveal(), " ", "")), n.Days, n.Days > 0
	d.URL, d.NotMeURL = w.link(n.Link), w.link(n.NotMe)
	if !n.From.IsZero() {
		d.From = n.From.In(zone).Format("2 January 2006")
	}
	if d.Name == "" {
		d.Name = "there"
	}
	if !n.Until.IsZero() {
		d.Until = n.Until.In(zone).Format("3:04 pm MST on 2 January 2006")
	}
	return d
}

// link is the address of a page that acts once its form is posted; "" without a token. Its host comes from configuration alone
// (ABUSE 14, 24).
func (w *wording) link(token idp.Secret) string {
	if token.IsZero() {
		return ""
	}
	return w.links.JoinPath(token.Reveal()).String() // #nosec G125 -- a token is of the letters of base64url
}

// inGroups makes a code easy to read out.
func inGroups(code string) string {
	const group = 4
	if len(code) <= group {
		return code
	}
	return code[:group] + " " + inGroups(code[group:])
}

func methodOf(kind idp.Kind) string {
	switch kind {
	case idp.KindTOTP:
		return "An authenticator app"
	case idp.KindSMS:
		return "A mobile number for security codes"
	default:
		return "MFA"
	}
}

// sentence is how to reach support.
func (s Support) sentence() string {
	if s.Phone != "" && s.Email != "" {
		return oneLine(s.Name + " on " + s.Phone + " or at " + s.Email)
	}
	return s.short()
}

// short is how to reach support in one way: the telephone if there is one.
func (s Support) short() string {
	switch {
	case s.Phone != "":
		return oneLine(s.Name + " on " + s.Phone)
	case s.Email != "":
		return oneLine(s.Name + " at " + s.Email)
	default:
		return oneLine(s.Name)
	}
}
