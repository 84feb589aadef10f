package notify

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

const inboxSize = 200 // messages kept

// Message is what the inbox keeps of one.
type Message struct {
	Kind    string    `json:"kind"` // "sms" or "email"
	To      string    `json:"to"`   // the number in E.164, or the address
	Subject string    `json:"subject,omitempty"`
	Text    string    `json:"text"`
	At      time.Time `json:"at"`
}

// Inbox takes the place of SNS and SMTP where no message may be sent: it shows what would have been sent, codes and all, so it
// belongs to a demo and nowhere else. It keeps the last 200 messages and is safe for concurrent use.
type Inbox struct {
	clock func() time.Time

	mu       sync.Mutex
	messages []Message // oldest first
}

// NewInbox takes the clock that dates the messages.
func NewInbox(clock func() time.Time) *Inbox { return &Inbox{clock: clock} }

// SendSMS keeps a text message. It never fails.
func (i *Inbox) SendSMS(_ context.Context, to idp.Secret, text string) error {
	i.keep(Message{Kind: "sms", To: to.Reveal(), Text: text})
	return nil
}

// SendMail keeps an e-mail, in its text form. It never fails.
func (i *Inbox) SendMail(_ context.Context, m Mail) error {
	i.keep(Message{Kind: "email", To: m.To, Subject: m.Subject, Text: m.Text})
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

func (i *Inbox) keep(m Message) {
	m.At = i.clock().UTC()
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.messages) == inboxSize {
		i.messages = slices.Delete(i.messages, 0, 1)
	}
	i.messages = append(i.messages, m)
}

// Line is one line of a message.
type Line struct{ Text string }

// Lines splits the text, for the page.
func (m Message) Lines() []Line {
	var lines []Line
	for text := range strings.SplitSeq(m.Text, "\n") {
		lines = append(lines, Line{text})
	}
	return lines
}

// IsLink reports whether the line is an address and nothing else: only our own messages have such lines.
func (l Line) IsLink() bool {
	return strings.HasPrefix(l.Text, "https://") || strings.HasPrefix(l.Text, "http://")
}
