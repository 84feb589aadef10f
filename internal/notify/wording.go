package notify

import (
	"fmt"
	htmltemplate "html/template"
	"net/url"
	"strings"
	"text/template"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/templates"
)

// wording holds the parsed templates of all notices.
type wording struct {
	service string // what people know us as
	support Support
	issuer  *url.URL                              // where buttons lead
	words   map[idp.NoticeKind]*template.Template // the parts of a letter
	page    *htmltemplate.Template                // the form of every letter in HTML
	sms     map[idp.NoticeKind]*template.Template
}

// worded is a notice ready to be sent.
type worded struct {
	mail Mail
	sms  string
}

func newWording(service string, support Support, issuer *url.URL) (*wording, error) {
	w := &wording{
		service: oneLine(service), support: support, issuer: issuer, words: map[idp.NoticeKind]*template.Template{}, sms: map[idp.NoticeKind]*template.Template{},
	}
	var err error
	if w.page, err = htmltemplate.ParseFS(templates.Messages(), "mail/layout.gohtml"); err != nil {
		return nil, err
	}
	for kind, shape := range kinds() {
		if err := w.parse(kind, shape.text); err != nil {
			return nil, fmt.Errorf("notice %s: %w", kind, err)
		}
	}
	return w, nil
}

func (w *wording) parse(kind idp.NoticeKind, byText bool) (err error) {
	files := templates.Messages()
	if w.words[kind], err = template.ParseFS(files, "mail/common.txt", "mail/"+string(kind)+".txt"); err != nil {
		return err
	}
	if byText {
		w.sms[kind], err = template.ParseFS(files, "sms/"+string(kind)+".txt")
	}
	return err
}

// of words a notice: as an e-mail, and as a text if there are texts of this kind. The notice decides which of them are sent.
func (w *wording) of(n idp.Notice, brand Brand) (ready worded, err error) {
	if w.words[n.Kind] == nil {
		return worded{}, fmt.Errorf("notice %q has no words", n.Kind)
	}
	d := w.details(n)
	letter, err := w.letter(n, d, brand)
	if err != nil {
		return worded{}, err
	}
	if ready.mail, err = letter.mail(n.Email, w.page); err != nil {
		return worded{}, fmt.Errorf("notice %s: %w", n.Kind, err)
	}
	if short := w.sms[n.Kind]; short != nil {
		ready.sms, err = named(w.service, func(service string) (string, error) {
			d.Service = service
			var text strings.Builder
			err := short.Execute(&text, d)
			if service == "" {
				return upperFirst(oneLine(text.String())), err
			}
			return oneLine(text.String()), err
		})
		if err != nil {
			return worded{}, fmt.Errorf("notice %s: %w", n.Kind, err)
		}
	}
	return ready, nil
}
