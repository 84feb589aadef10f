package idp

import "time"

// Ahead is how far another clock is ahead of ours, at least: it showed that time at some moment between asked and answered. Negative: it
// is behind.
func Ahead(shown, asked, answered time.Time) time.Duration {
	switch {
	case shown.After(answered):
		return shown.Sub(answered)
	case shown.Before(asked):
		return shown.Sub(asked)
	default:
		return 0
	}
}
