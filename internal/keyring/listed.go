package keyring

import (
	"cmp"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

func listed(keys []Key, now time.Time) []Listed {
	all := make([]Listed, len(keys))
	for i, k := range keys {
		all[i] = describe(keys, k, now)
	}
	used := func(l Listed) int {
		if l.State == Over || l.State == Retired {
			return 1
		}
		return 0
	}
	slices.SortFunc(all, func(a, b Listed) int {
		return cmp.Or(used(a)-used(b), cmp.Compare(a.Alg, b.Alg), b.SignFrom.Compare(a.SignFrom))
	})
	return all
}

// describe says what k, which is one of keys, is now.
func describe(keys []Key, k Key, now time.Time) Listed {
	signs, verifies := until(keys, k)
	if k.retired() {
		verifies = k.RetiredAt
	}
	return Listed{ID: k.ID, Alg: k.Alg, State: stateOf(keys, k, now), SignFrom: k.begins(), SignUntil: signs, VerifyUntil: verifies}
}

func rotated(k Key, by idp.Actor, now time.Time) idp.AuditEvent {
	details := map[string]string{"kid": k.ID, "alg": k.Alg, "sign_from": k.SignFrom.Format(time.RFC3339)}
	return idp.AuditEvent{ID: idp.NewEventID(now), At: now, Type: idp.EventKeyRotated, Actor: by, Result: idp.ResultSuccess, Details: details}
}

func retired(k Listed, reason string, by idp.Actor, now time.Time) idp.AuditEvent {
	details := map[string]string{"kid": k.ID, "alg": k.Alg, "state": string(k.State), "reason_given": reason}
	return idp.AuditEvent{ID: idp.NewEventID(now), At: now, Type: idp.EventKeyRetired, Actor: by, Result: idp.ResultSuccess, Details: details}
}
