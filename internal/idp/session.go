package idp

import (
	"slices"
	"time"
)

// ACR is the strength that a sign-in reached, or has to reach (the `acr` claim).
type ACR string

// The strengths there are, the weakest first; pkg/apsid publishes the same values.
const (
	ACRPassword          ACR = "urn:aps:acr:pwd" // #nosec G101 -- a name
	ACRMFA               ACR = "urn:aps:acr:mfa"
	ACRPhishingResistant ACR = "urn:aps:acr:phr" // MFA of which no false page can use anything: a passkey
)

// ACRs lists the strengths, the weakest first. What reaches one reaches those before it.
func ACRs() []ACR { return []ACR{ACRPassword, ACRMFA, ACRPhishingResistant} }

// Satisfies reports whether a sign-in of this strength is at least as strong as wanted. A strength that there is not satisfies nothing but
// "", which everything satisfies, and nothing satisfies it.
func (a ACR) Satisfies(wanted ACR) bool {
	if wanted == "" {
		return true
	}
	least := slices.Index(ACRs(), wanted)
	return least >= 0 && slices.Index(ACRs(), a) >= least
}

// AMR is one method used (RFC 8176).
type AMR string

// The methods there are.
const (
	AMRPassword AMR = "pwd"
	AMROTP      AMR = "otp"
	AMRSMS      AMR = "sms"
	AMRMFA      AMR = "mfa"
	AMRHardware AMR = "hwk"  // a passkey that is in one device and can't leave it
	AMRSoftware AMR = "swk"  // a passkey that may be on several devices
	AMRUser     AMR = "user" // the device made sure that somebody was there
)

// Factor is a second factor that was proved: which one, and when.
type Factor struct {
	Kind Kind
	ID   AuthenticatorID // it may have been removed since
	At   time.Time
}

// EndReason says what ended a session.
type EndReason string

// What ends a session.
const (
	EndIdle     EndReason = "idle"
	EndLifetime EndReason = "lifetime"
	EndLogout   EndReason = "logout"
	EndRevoked  EndReason = "revoked"
)

// Session is a signed-in browser at one app. It is never shared between apps.
type Session struct {
	ID          SID
	PracticeID  PracticeID
	UserID      UserID
	ClientID    ClientID
	BrowserHash string // Secret.Hash of the cookie that carries it
	ACR         ACR
	AMR         []AMR
	Factors     []Factor // none with an ACR of MFA: a node of the previous release started it, and which they were is not known
	AuthTime    time.Time
	CreatedAt   time.Time
	ExpiresAt   time.Time // the end of its lifetime
	// LastActivity is when the person last did something at the app, as far as SQL knows. It lags a little behind package
	// redisstore, which may forget; the later of the two counts.
	LastActivity time.Time
	// SignOn is the SID of the session whose proofs this one rests on: its own, unless it was joined through the apps' sign-on
	// group.
	SignOn    SID
	EndedAt   time.Time // zero: not recorded as ended, though its time may be over
	EndReason EndReason
}

// SignedIn is a session with its person as they stand now: what a token of the session rests on. It has none of their proofs; the user is
// without the password's hash.
type SignedIn struct {
	Session  Session
	User     User
	Practice Practice
}

// RefreshToken is one link of a rotating chain; all links of a chain belong to one session.
type RefreshToken struct {
	Hash      string // Secret.Hash
	SID       SID
	ClientID  ClientID
	UserID    UserID
	Scopes    []string
	Resources []string // the APIs that its tokens are for (RFC 8707); none: the app itself
	Claims    string   // the claims that the app asked for one by one (OpenID Connect Core, section 5.5), JSON; "": none
	AuthTime  time.Time
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // zero: not yet
	JKT       string    // the thumbprint of the key that it is bound to (RFC 9449, section 5); "": none
	// Generation is how many tokens stand before it in its chain, and 1. 0: a node of the previous release made it, and its text says
	// nothing of it.
	Generation uint32
}

// Logout is a message to an app that one of its sessions has ended (OpenID Connect Back-Channel Logout 1.0). It is queued in the
// SQL transaction that ended the session.
type Logout struct {
	SID        SID
	PracticeID PracticeID // for the audit trail; the app is not told
	UserID     UserID
	ClientID   ClientID
	Reason     EndReason
	At         time.Time
}
