package idp

import "time"

// CredentialID names a passkey among those of all people: the bytes that its authenticator chose, 1,023 at most, in unpadded base64url,
// as browsers write them (WebAuthn level 3, section 4).
type CredentialID string

// UserHandle is how passkeys name their person: 64 random bytes in unpadded base64url. It stands for nothing else, so that a device
// that is found, or a site that asks, learns nothing of the person (WebAuthn level 3, section 14.6.1). A person has one, for all their
// passkeys and for good: an authenticator replaces the passkey of the same person, and browsers can be told which of them still count.
type UserHandle string

// NewUserHandle returns a fresh one.
func NewUserHandle() UserHandle {
	const longest = 64 // WebAuthn level 3, section 5.4.3
	return UserHandle(RandomSecret(longest).Reveal())
}

// Passkey is what is known of the key pair of an Authenticator of KindPasskey: the credential record of WebAuthn level 3, section 4.
type Passkey struct {
	Credential CredentialID
	// PublicKey is a COSE_Key (RFC 9052, section 7). It needs not be secret: it is kept like a secret so that it is sealed in the store,
	// where a thief who can write could otherwise put a key of their own in its place.
	PublicKey Secret
	// SignCount is the counter of the last answer; 0 for passkeys that don't count, as those that are on several devices.
	SignCount uint32
	// BackupEligible says that the passkey may be on several devices (BE). It never changes.
	BackupEligible bool
	// BackedUp says that it was on several devices, or in an account, when it was used last (BS).
	BackedUp bool
	// Model is the AAGUID of the kind of authenticator, in lower case, as the authenticator says it, which may lie: it is not attested.
	// "" if it does not say.
	Model string
	// Transports are the ways in which browsers reach the authenticator, as they gave them: "internal", "usb", "hybrid" and others.
	Transports []string
	// RegressedAt is when its counter last went backwards, which can mean that there is a copy; zero: never.
	RegressedAt time.Time
}

// PasskeyUse is a verified answer of a passkey that is to count, once.
type PasskeyUse struct {
	ID        AuthenticatorID
	SignCount uint32 // as in the answer
	BackedUp  bool
	Challenge string    // what was answered
	Until     time.Time // when the challenge ends: until then it must not be answered again
}
