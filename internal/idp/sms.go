package idp

import "time"

// SMSAsk is what the limits on text messages look at. Its values are never stored in the clear: the counters' names are hashes.
type SMSAsk struct {
	UserID     UserID
	PracticeID PracticeID
	Phone      Secret // E.164
	Country    string // "AU", "NZ" or "GB"
	Address    string // network address of the browser
}

// SMSVerdict says whether the message may go. With both fields zero it may.
type SMSVerdict struct {
	Wait   time.Duration // how long to wait until the next may go
	Closed string        // "" or the limit that was reached: "user", "number", "address", "practice", "day", "breaker"
}
