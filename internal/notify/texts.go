package notify

import (
	"fmt"
	"net/url"
	"strings"
	"text/template"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/templates"
)

// Texts words the text messages of a sign-in.
type Texts struct {
	service string
	code    *template.Template
	host    string
}

// NewTexts takes what people know the service as, and the issuer, whose host the codes are bound to. It returns idp.ErrInvalid for a
// host that is not plain ASCII: browsers compare the ASCII form, and one other character would more than halve the length of a text
// message.
func NewTexts(service string, issuer *url.URL) (*Texts, error) {
	host := issuer.Hostname()
	if host == "" || strings.IndexFunc(host, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 {
		return nil, idp.Invalid("issuer", "must have a host in its ASCII form (xn--…)")
	}
	code, err := template.ParseFS(templates.Messages(), "sms/security_code.txt")
	if err != nil {
		return nil, fmt.Errorf("text message: %w", err)
	}
	texts := &Texts{service: service, code: code, host: host}
	if _, err := texts.word(idp.NewSecret("000000")); err != nil {
		return nil, err
	}
	return texts, nil
}

// SecurityCode is the text message with a code. Its last line binds the code to our host (WICG, origin-bound one-time codes:
// no port), so that a phone offers to fill it in on our page and on no other. It is worded for codes that live ten minutes.
func (t *Texts) SecurityCode(code idp.Secret) string {
	text, err := t.word(code)
	if err != nil {
		panic("text message: " + err.Error()) // NewTexts has executed the template with the same fields
	}
	return text
}

func (t *Texts) word(code idp.Secret) (string, error) {
	return named(t.service, func(service string) (string, error) {
		var text strings.Builder
		err := t.code.Execute(&text, struct{ Code, Host, Service string }{code.Reveal(), t.host, service})
		if err != nil {
			return "", fmt.Errorf("text message: %w", err)
		}
		return strings.TrimSpace(text.String()), nil
	})
}
