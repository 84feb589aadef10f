package notify

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

const inboxSize = 200 // messages kept

// Message is what the inbox keeps of one.
type Message struct {
	ID      string
	Kind    string // "sms" or "email"
	To      string // the number in E.164, or the address
	Subject string // of an e-mail
	Text    string
	At      time.Time
	Unread  bool   // an e-mail that nobody has opened
	HTML    string // of an e-mail, as its reader's mail program shows it
	Logo    []byte // PNG: what the HTML means by cid:logo
}

// Inbox takes the place of SNS and SMTP where no message may be sent: it shows what would have been sent, codes and all, so it
// belongs to a demo and nowhere else. It keeps the last 200 messages and is safe for concurrent use.
type Inbox struct {
	clock func() time.Time

	mu       sync.Mutex
	messages []Message // oldest first
	count    int       // of those that came, ever
}

// NewInbox takes the clock that dates the messages.
func NewInbox(clock func() time.Time) *Inbox { return &Inbox{clock: clock} }

// SendSMS keeps a text message. It never fails.
func (i *Inbox) SendSMS(_ context.Context, to idp.Secret, text string) error {
	i.keep(Message{Kind: "sms", To: to.Reveal(), Text: text})
	return nil
}

// SendMail keeps an e-mail. It never fails.
func (i *Inbox) SendMail(_ context.Context, m Mail) error {
	i.keep(Message{Kind: "email", To: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Logo: m.Logo})
	return nil
}

// Messages returns what is kept, newest first.
func (i *Inbox) Messages() []Message {
	i.mu.Lock()
	defer i.mu.Unlock()
	newest := slices.Clone(i.messages)
	slices.Reverse(newest)
	return newest
}

// Open returns the message as it was, and takes it for read from now on. It reports false if there is none (any more).
func (i *Inbox) Open(id string) (Message, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	at := slices.IndexFunc(i.messages, func(m Message) bool { return m.ID == id })
	if at < 0 {
		return Message{}, false
	}
	opened := i.messages[at]
	i.messages[at].Unread = false
	return opened, true
}

func (i *Inbox) keep(m Message) {
	m.At, m.Unread = i.clock().UTC(), m.Kind == "email"
	i.mu.Lock()
	defer i.mu.Unlock()
	i.count++
	m.ID = strconv.Itoa(i.count)
	if len(i.messages) == inboxSize {
		i.messages = slices.Delete(i.messages, 0, 1)
	}
	i.messages = append(i.messages, m)
}
