package notify_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/notify"
)

// Another name, as long as our own: no message differs from ours in anything but the name.
const otherName, otherInTexts = "Ngākau", "Ngakau"

// Every message bears the name that the operator gave the service, and none bears ours then.
func TestEveryMessageBearsTheNameOfTheService(t *testing.T) {
	sendOurs, sendTheirs := sender(t, ownName), sender(t, otherName)
	for name, n := range variants(t) {
		ours, ourText := sendOurs(n)
		theirs, theirText := sendTheirs(n)
		if theirText != strings.ReplaceAll(ourText, ownName, otherInTexts) {
			t.Errorf("%s: text %q", name, theirText)
		}
		for part, pair := range map[string][2]string{
			"subject": {ours.Subject, theirs.Subject}, "text": {ours.Text, theirs.Text}, "HTML": {ours.HTML, theirs.HTML},
		} {
			if want := strings.ReplaceAll(pair[0], ownName, otherName); pair[1] != want {
				t.Errorf("%s, %s:\ngot  %s\nwant %s", name, part, pair[1], want)
			}
		}
		if !strings.Contains(theirs.Text, otherName+" sent this message") {
			t.Errorf("%s does not say who sent it:\n%s", name, theirs.Text)
		}
	}
}

// sender returns what sends the notices of a service with this name, and answers with the mail and the text; "" if there is none.
func sender(t testing.TB, service string) func(idp.Notice) (notify.Mail, string) {
	t.Helper()
	kept, phone := &keeper{}, &telephone{}
	notices := noticesOf(t, service, kept, phone, new(bytes.Buffer))
	return func(n idp.Notice) (notify.Mail, string) {
		t.Helper()
		phone.text = ""
		if err := notices.DeliverNotice(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		return kept.mail, phone.text
	}
}

// telephone keeps the last text.
type telephone struct{ text string }

func (p *telephone) SendSMS(_ context.Context, _ idp.Secret, text string) error {
	p.text = text
	return nil
}

// A name that a text message has no room or no letters for is left out of it: it stays one message.
func TestANameNeverMakesTwoTextMessages(t *testing.T) {
	const host = "https://id.accounting-practice-software.com.au"
	for name, shown := range map[string]string{
		"eTax": "eTax", "Ngā Kaute": "Nga Kaute", "Café Zürich": "Café Zürich", "Nga\u0304ti": "Ngati", "Łódź": "", "会計事務所": "", "Ledger™": "",
		strings.Repeat("Ledger ", 5) + "Group": "",
	} {
		send := sender(t, name)
		for _, kind := range allKinds(t) {
			_, text := send(notice(kind))
			if text == "" {
				continue
			}
			mustFitOneMessage(t, text)
			if prefix := shown + ": "; shown != "" && !strings.HasPrefix(text, prefix) {
				t.Errorf("%s, %s: %q", name, kind, text)
			} else if first := text[:1]; shown == "" && (first != strings.ToUpper(first) || strings.ContainsAny(first, ": ")) && !strings.HasPrefix(text, name) {
				t.Errorf("%s, %s: begins badly: %q", name, kind, text)
			}
		}
		text := newTexts(t, name, host).SecurityCode(idp.NewSecret("012345"))
		mustFitOneMessage(t, text)
		if shown != "" {
			shown += " "
		}
		if !strings.HasPrefix(text, "012345 is your "+shown+"security code. ") && !strings.HasPrefix(text, "012345 is your "+name+" security code. ") {
			t.Errorf("%s: %q", name, text)
		}
	}
}
