package server

import (
	"github.com/apscloud/apsid/internal/notify"
	"github.com/apscloud/apsid/internal/web/inbox"
)

// kept adapts the messages that package notify keeps to the port of package inbox.
type kept struct{ inbox *notify.Inbox }

// Messages implements inbox.Messages.
func (k kept) Messages() (all []inbox.Message) {
	for _, m := range k.inbox.Messages() {
		all = append(all, inbox.Message(m))
	}
	return all
}

// Open implements inbox.Messages.
func (k kept) Open(id string) (inbox.Message, bool) {
	m, found := k.inbox.Open(id)
	return inbox.Message(m), found
}
