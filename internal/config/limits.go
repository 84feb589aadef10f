package config

import "github.com/apscloud/apsid/internal/idp"

// Limits are the rates that an operator changes, by the name of the limit.
type Limits struct {
	Limit map[string]string `name:"limit" placeholder:"NAME=COUNT/WINDOW" help:"How often something may be done, like signins-by-network=600/1h. Repeatable; the names and defaults stand in deploy/docs/limits.md."`
}

// check reads the rates; the node that is built knows the names.
func (l Limits) check() error {
	for name, rate := range l.Limit {
		if _, err := idp.ParseRate(rate); err != nil {
			return problem("limit", name+"="+rate, "%s", err)
		}
	}
	return nil
}
