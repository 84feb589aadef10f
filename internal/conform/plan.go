package conform

import "time"

// plan says how one sign-in goes: how long its session lasts, and which lie the provider tells in it.
type plan struct {
	subject  string
	idle     time.Duration // 0: the session does not end by inactivity
	lifetime time.Duration
	access   time.Duration // how long an access token lives, until enoughRenewals
	lie      lie
}

// lie is a fault that an app has to find; "" in an honest sign-in.
type lie string

const (
	// In the answer that comes through the browser.
	lieState     lie = "state"     // of another sign-in
	lieIss       lie = "iss"       // of another provider (RFC 9207)
	lieNoIss     lie = "no-iss"    // missing though discovery says that it is sent
	lieError     lie = "error"     // none: the provider refuses, truthfully
	lieElsewhere lie = "elsewhere" // the answer is opened in another browser

	// In the ID token.
	lieNonce      lie = "nonce"
	lieNoNonce    lie = "no-nonce"
	lieTokenIss   lie = "token-iss"
	lieTokenAud   lie = "token-aud"
	lieTokenOver  lie = "token-over"
	lieTokenKey   lie = "token-key"
	lieTokenPlain lie = "token-plain" // alg=none
)

// session is one signed-in browser, as the provider knows it.
type session struct {
	plan
	sid          string
	authTime     time.Time
	lastActivity time.Time
	reportedAt   time.Time
	ended        string // the reason; "" while it lives
	away         bool   // the provider answers this session with 503

	slow time.Duration // how long the provider takes over a renewal
	held time.Time     // when it answered the first one that it took so long over

	refresh string          // the token that may be used next
	spent   map[string]bool // those used before
	idToken string
	reports []report
	renewed []time.Time
	reuses  int // refresh tokens used twice
	told    int // how often the app was told that the session is over
}

// report is one report of activity that the app made.
type report struct {
	at   time.Time
	idle time.Duration // the age it gave
	flaw string        // what is wrong with the request itself
}

// over says whether the session has ended by now, and why.
func (s *session) over(now time.Time) string {
	switch {
	case s.ended != "":
		return s.ended
	case !now.Before(s.authTime.Add(s.lifetime)):
		return "lifetime"
	case s.idle > 0 && !now.Before(s.lastActivity.Add(s.idle)):
		return "idle"
	default:
		return ""
	}
}

// enoughRenewals shows how an app renews.
const enoughRenewals = 2

// accessLife is how long the next access token lives. After enoughRenewals it outlives what is checked, or an app that forgets
// the end of its session would always be told of it by the next renewal.
func (s *session) accessLife() time.Duration {
	const ofAPSID = 5 * time.Minute
	if len(s.renewed) >= enoughRenewals {
		return ofAPSID
	}
	return s.access
}
