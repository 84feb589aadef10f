package notify_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/notify"
	"github.com/apscloud/apsid/internal/proof"
)

var (
	_ proof.SMSSender   = (*notify.Inbox)(nil)
	_ notify.MailSender = (*notify.Inbox)(nil)
)

// evening is when the clock of these tests stands.
func evening() time.Time {
	return time.Date(2026, 8, 3, 18, 5, 0, 0, time.FixedZone("AEST", 10*60*60))
}

func TestInboxKeepsTheNewestFirst(t *testing.T) {
	inbox := notify.NewInbox(evening)
	_ = inbox.SendSMS(t.Context(), idp.NewSecret("+61412345678"), "123456 is your code")
	_ = inbox.SendMail(t.Context(), notify.Mail{To: "zoe@example.com", Subject: "Hello", Text: "Words", HTML: "<p>Words</p>", Logo: png()})
	want := []notify.Message{
		{ID: "2", Kind: "email", To: "zoe@example.com", Subject: "Hello", Text: "Words", HTML: "<p>Words</p>", Logo: png(), At: evening().UTC(), Unread: true},
		{ID: "1", Kind: "sms", To: "+61412345678", Text: "123456 is your code", At: evening().UTC()},
	}
	if diff := cmp.Diff(want, inbox.Messages()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAMessageIsReadOnceItWasOpened(t *testing.T) {
	inbox := notify.NewInbox(evening)
	_ = inbox.SendMail(t.Context(), notify.Mail{Subject: "Hello"})
	if opened, found := inbox.Open("1"); !found || !opened.Unread || opened.Subject != "Hello" || inbox.Messages()[0].Unread {
		t.Errorf("%+v, then %+v", opened, inbox.Messages())
	}
	if _, found := inbox.Open("2"); found {
		t.Error("opened a message that never came")
	}
}

func TestInboxKeeps200UnderConcurrentUse(t *testing.T) {
	inbox := notify.NewInbox(evening)
	var all sync.WaitGroup
	for n := range 50 {
		all.Go(func() {
			for m := range 10 {
				_ = inbox.SendSMS(t.Context(), idp.NewSecret("+61412345678"), fmt.Sprint(n, m))
				inbox.Open(inbox.Messages()[0].ID)
			}
		})
	}
	all.Wait()
	_ = inbox.SendSMS(t.Context(), idp.NewSecret("+61412345678"), "last")
	messages := inbox.Messages()
	if len(messages) != 200 || messages[0].Text != "last" || messages[0].ID != "501" {
		t.Errorf("%d messages, the newest %+v", len(messages), messages[0])
	}
}
