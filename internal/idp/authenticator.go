package idp

import "time"

// Kind is the kind of an authenticator.
type Kind string

// The kinds a user can bind.
const (
	KindTOTP    Kind = "totp"    // an authenticator app, RFC 6238
	KindSMS     Kind = "sms"     // codes by text message to a mobile number
	KindPasskey Kind = "passkey" // a key pair that an authenticator keeps for this site (WebAuthn level 3)
)

// Authenticator is something a user proves with, bound to the account after one good code, or one good answer of a passkey.
type Authenticator struct {
	ID         AuthenticatorID
	PracticeID PracticeID
	UserID     UserID
	Kind       Kind
	Label      string
	TOTPKey    Secret  // KindTOTP: 160 bits in unpadded base32
	Phone      Secret  // KindSMS: E.164
	LastStep   int64   // KindTOTP: the last accepted time step; only moves forward (RFC 6238, section 5.2)
	Passkey    Passkey // KindPasskey
	CreatedAt  time.Time
	LastUsedAt time.Time
	DefaultAt  time.Time // when the person made it their default; zero: never. Of several, the latest counts: policy.InSigninOrder
}

// RecoveryPIN is what a user without the device proves with before setting MFA up again. Each user has at most one.
type RecoveryPIN struct {
	PracticeID PracticeID
	UserID     UserID
	Hash       Secret
	CreatedAt  time.Time
}

// Account is everything the sign-in needs to know of a user, read at once.
type Account struct {
	User           User
	Practice       Practice
	Authenticators []Authenticator // newest first
	PIN            *RecoveryPIN    // nil: none set
}

// Proof names what a failure counter guards.
type Proof string

// The proofs that are guarded, each with a counter of its own, so that guessing one never locks another.
const (
	ProofPassword Proof = "password"
	ProofCode     Proof = "code" // authenticator app and text message alike
	ProofPIN      Proof = "pin"
)

// Guard counts the failures of one proof of one subject. It is kept in SQL; package policy alone changes it.
type Guard struct {
	Subject     string // the user's identifier; for passwords the user name, so that unknown names count alike
	Proof       Proof
	Failures    int // wrong ones since the last success or the end of the last lock
	Locks       int // locks since the last success: each is longer
	Locked      bool
	LockedUntil time.Time // zero while Locked: until an administrator acts
	UpdatedAt   time.Time
}
