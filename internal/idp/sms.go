package idp

import "time"

// SMSAsk is what the limits on text messages look at. Its values are never stored in the clear: the counters' names are hashes.
type SMSAsk struct {
	UserID     UserID
	PracticeID PracticeID
	Phone      Secret // E.164
	Country    string // "AU", "NZ" or "GB"
	Address    string // network address of the browser
	Verified   bool   // the number is an authenticator of this person: a right code has come back from it
	First      bool   // with Verified: the first message of a new sign-in, which does not wait for the time between two messages
}

// SMSVerdict says whether the message may go. The zero value: it may.
type SMSVerdict struct {
	Wait   time.Duration // how long to wait until the next may go
	Closed LimitName     // "" or the limit or breaker that was reached
	Until  time.Time     // when that limit may let one more through
}
