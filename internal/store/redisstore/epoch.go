package redisstore

import (
	"strconv"

	"github.com/apscloud/apsid/internal/idp"
)

// EnterEpoch makes the store forget what was given before a backup was restored: sign-ins in flight, codes, opaque access tokens,
// answers, activity, checks of passwords. Their keys carry the epoch, so that it holds in every form of Redis, and for one that was
// itself restored or was not touched; what is left under the keys of another epoch ends with its lifetime. What only ever refuses, as
// counters and used assertions do, has keys without an epoch and stays.
func (s *Store) EnterEpoch(e idp.Epoch) {
	name := ""
	if !e.Since.IsZero() {
		name = "e" + strconv.FormatInt(e.Since.UnixMicro(), 36) + ":"
	}
	s.epoch.Store(&name)
}

// granted is the key of something that is given. In an installation that was never restored it has no epoch, as in releases that knew
// none.
func (s *Store) granted(kind, name string) string {
	epoch := ""
	if entered := s.epoch.Load(); entered != nil {
		epoch = *entered
	}
	return prefix + epoch + kind + name
}
