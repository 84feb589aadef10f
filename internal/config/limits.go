package config

import (
	"maps"

	"github.com/apscloud/apsid/internal/idp"
)

// Limits are the rates that an operator changes, by the name of the limit.
type Limits struct {
	Limit map[string]string `name:"limit" placeholder:"NAME=COUNT/WINDOW" help:"How often something may be done, like signins-by-network=600/1h. Repeatable; the names and defaults stand in deploy/docs/limits.md."`
}

// check reads the rates; the node that is built knows the names.
func (l Limits) check(texts SMS) error {
	if _, both := l.Limit[string(idp.LimitTextsByDay)]; both && texts.PerDay != nil {
		return problem("sms-per-day", "", "and --limit %s=… are both given: give one", idp.LimitTextsByDay)
	}
	for name, rate := range l.Limit {
		if _, err := idp.ParseRate(rate); err != nil {
			return problem("limit", name+"="+rate, "%s", err)
		}
	}
	return nil
}

// with adds the limit that has a setting of its own.
func (l Limits) with(texts SMS) map[string]string {
	all := maps.Clone(l.Limit)
	if texts.PerDay == nil {
		return all
	}
	if all == nil {
		all = map[string]string{}
	}
	all[string(idp.LimitTextsByDay)] = texts.perDay().String()
	return all
}
