package policy

import "time"

// A refresh token that is answered again gives a sibling of the token that it gave first. Siblings are bounded for each session, because
// each may have siblings of its own.
const (
	// MaxRefreshBurst is how many refresh tokens a session may get in MaxRefreshGrace, in either direction of the clock, for one of its
	// tokens to be answered again: more than an app with many tabs and requests needs, and few for a thief.
	MaxRefreshBurst = 100
	// KeptRefreshTokens is how many refresh tokens of a session stay good that were not used, the newest. Two tabs that share what they
	// store forget one sibling at each refresh. It is more than a burst, so that none is forgotten which an app is about to store.
	KeptRefreshTokens = 200
	// KeptUsedRefresh is how long the row of a used refresh token stays: longer than any grace, by more than clocks of nodes differ. After
	// that the token's own text tells that it was used.
	KeptUsedRefresh = 10 * time.Minute
)

// AnsweredAgain reports whether a refresh token that was rotated at usedAt, for the first time, is answered again at now. The clocks of
// two nodes differ, and a request that waited for another one has the earlier time: usedAt may lie ahead, by less than the grace too. If
// it lies further ahead, the clock was set back, and no time tells a lost answer from theft: the token is not answered.
func AnsweredAgain(usedAt, now time.Time, grace time.Duration) bool {
	return now.Sub(usedAt).Abs() < grace
}
