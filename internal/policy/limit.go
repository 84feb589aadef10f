package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// DefaultLimits lists every limit there is, with the rate that holds unless an operator sets another. The page for operators,
// deploy/docs/limits.md, has a row for each.
func DefaultLimits() idp.Limits {
	return idp.Limits{
		idp.LimitMailRequestsByNetwork:   {Most: 300, Window: time.Hour},
		idp.LimitRequestedMailsByNetwork: {Most: 30, Window: time.Hour},
		// Half the life of a link, so that a person who is over this limit has a link that still works.
		idp.LimitRequestedMailsToMailbox: {Most: 3, Window: 30 * time.Minute},
	}
}
