package idp

import "time"

// Epoch is the time since a backup was restored last. What was given before it is worth nothing any more: sessions, tokens, codes,
// links. The zero epoch is that of an installation that was never restored.
type Epoch struct {
	Number int64     // 0, and one more with each restore that is known of
	Since  time.Time // to the microsecond; it tells two epochs apart, and which of them is the later one
}
