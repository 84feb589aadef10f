package idp

// Reason is the short code that says why an event happened, or why what was tried was refused. The words for it are those of
// package activity, and a test holds that each has some.
//
// A decision that is a reason as it stands, such as one of package policy, has a method Reason; every other reason is here.
type Reason string

// Why a command or a query was refused, where no decision of package policy says it.
const (
	ReasonNotFound          Reason = "not_found"
	ReasonUsed              Reason = "used"  // a link was used before, or a newer one was sent
	ReasonState             Reason = "state" // the menu of the person says why it can't be done as things are
	ReasonLastManager       Reason = "last_manager"
	ReasonLastAuthenticator Reason = "last_authenticator"
	ReasonNoAuthenticator   Reason = "no_authenticator"
	ReasonNotStaff          Reason = "not_staff"
	ReasonOwnApp            Reason = "own_app"
	ReasonOthersPassword    Reason = "others_password"
	ReasonUsernameTaken     Reason = "username_taken"
	ReasonUsernameRefused   Reason = "username_refused" // the trail does not say why: it may be taken in another practice
	ReasonNotInvited        Reason = "not_invited"
	ReasonPrerequisites     Reason = "prerequisites"
	ReasonBrought           Reason = "brought" // by another app of the practice
	ReasonTwoSecrets        Reason = "two_secrets"
	ReasonLastSecret        Reason = "last_secret"
	ReasonLocked            Reason = "locked"
	ReasonLockedNow         Reason = "locked_now" // by this try
)

// How a command was carried out.
const (
	ReasonImported       Reason = "imported"
	ReasonSecretReplaced Reason = "secret_replaced"
)

// Why a mail with a link was not sent.
const (
	ReasonTooMany      Reason = "too_many"
	ReasonUnknownUser  Reason = "unknown_user"
	ReasonInactive     Reason = "inactive"
	ReasonInvitedToday Reason = "invited_today"
	ReasonNotLocked    Reason = "not_locked"
)

// What a sign-in met with.
const (
	ReasonWrongPassword Reason = "wrong_password"
	ReasonWrongCode     Reason = "wrong_code"
	ReasonWrongPIN      Reason = "wrong_pin"
	ReasonCodeUsed      Reason = "code_used"    // the code of an authenticator app that was accepted before
	ReasonRecoveryPIN   Reason = "recovery_pin" // MFA was revoked with it
	ReasonNoPIN         Reason = "no_pin"
	ReasonCodeNotSent   Reason = "code_not_sent" // the provider of text messages failed
	ReasonSendWait      Reason = "send_wait"     // too soon after the last one
	ReasonSMSClosed     Reason = "sms_closed"    // a limit, or the breaker
	ReasonNumberRefused Reason = "number_refused"
)

// Why the answer of a passkey was refused. The person reads one text for all of them.
const (
	ReasonPasskeySize        Reason = "passkey_size"        // more bytes than any answer needs
	ReasonPasskeyForm        Reason = "passkey_form"        // it can't be read
	ReasonPasskeyType        Reason = "passkey_type"        // of the other ceremony: a registration for a sign-in, or the reverse
	ReasonPasskeyChallenge   Reason = "passkey_challenge"   // to another challenge
	ReasonPasskeyTransaction Reason = "passkey_transaction" // the challenge is of another sign-in, page or browser
	ReasonPasskeyLate        Reason = "passkey_late"        // after the end of the challenge
	ReasonPasskeyUsed        Reason = "passkey_used"        // the challenge was answered before
	ReasonPasskeyOrigin      Reason = "passkey_origin"      // made for a page of another site
	ReasonPasskeyRP          Reason = "passkey_rp"          // made for another relying party
	ReasonPasskeyUnknown     Reason = "passkey_unknown"     // no one has this passkey, or it was removed
	ReasonPasskeyOthers      Reason = "passkey_others"      // another person has it
	ReasonPasskeyTaken       Reason = "passkey_taken"       // to be added, and somebody has it already
	ReasonPasskeyHandle      Reason = "passkey_handle"      // it names another person than the one who has it
	ReasonPasskeyAlgorithm   Reason = "passkey_algorithm"   // its key is of a kind or a size that is not taken
	ReasonPasskeySignature   Reason = "passkey_signature"
	ReasonPasskeyAbsent      Reason = "passkey_absent"     // nobody touched it
	ReasonPasskeyUnverified  Reason = "passkey_unverified" // it did not ask who is there, and had to
	ReasonPasskeyFlags       Reason = "passkey_flags"      // what it says of copies of itself can't be, or has changed
	ReasonPasskeyAttested    Reason = "passkey_attested"   // it came with a certificate that was not asked for
	ReasonPasskeyModel       Reason = "passkey_model"      // of a model that the practice does not allow
	ReasonPasskeyCounter     Reason = "passkey_counter"    // its counter went backwards: there may be a copy of it
)

// What happened to a session or its tokens.
const (
	ReasonSignOnGroup  Reason = "sign_on_group"
	ReasonReplaced     Reason = "replaced" // by another sign-in of this browser at the same app
	ReasonTokenRevoked Reason = "token_revoked"
	ReasonReused       Reason = "reused"
	ReasonRestored     Reason = "restored" // the database was restored from a backup
)

// Why a request of an app was refused.
const (
	ReasonMalformed     Reason = "malformed"
	ReasonUnknownClient Reason = "unknown_client"
	ReasonMachineClient Reason = "machine_client"
	ReasonRedirectURI   Reason = "redirect_uri"
	ReasonTwoCookies    Reason = "two_cookies"
	ReasonDisabled      Reason = "disabled"
	ReasonMethod        Reason = "method" // another one of authentication is registered
	ReasonSecret        Reason = "secret"
	ReasonOrigin        Reason = "origin" // a page called that is not one of the app
)

// Why a protocol endpoint refused a request: the kind of error that the client was told (RFC 6749, sections 4.1.2.1 and 5.2).
const (
	ReasonInvalidRequest     Reason = "invalid_request"
	ReasonInvalidScope       Reason = "invalid_scope"
	ReasonInvalidTarget      Reason = "invalid_target" // RFC 8707, section 2
	ReasonInvalidGrant       Reason = "invalid_grant"
	ReasonInvalidToken       Reason = "invalid_token"
	ReasonRequestURI         Reason = "request_uri" // a pushed request that is not known, or was answered
	ReasonInvalidProof       Reason = "invalid_dpop_proof"
	ReasonUnauthorizedClient Reason = "unauthorized_client"
	ReasonUnsupported        Reason = "unsupported" // a grant, a response type or a way to ask that is not offered
)

// Why a signed assertion did not authenticate its client (RFC 7523, section 3).
const (
	ReasonAssertionKeys      Reason = "assertion_keys"
	ReasonAssertionForm      Reason = "assertion_form"
	ReasonAssertionKey       Reason = "assertion_key"
	ReasonAssertionSignature Reason = "assertion_signature"
	ReasonAssertionClaims    Reason = "assertion_claims"
	ReasonAssertionReplayed  Reason = "assertion_replayed"
	ReasonAssertionSubject   Reason = "assertion_subject"
	ReasonAssertionAudience  Reason = "assertion_audience"
	ReasonAssertionID        Reason = "assertion_id"
	ReasonAssertionExpired   Reason = "assertion_expired"
	ReasonAssertionLifetime  Reason = "assertion_lifetime"
	ReasonAssertionEarly     Reason = "assertion_early"

	ReasonCertificateMissing   Reason = "certificate_missing"
	ReasonCertificateExpired   Reason = "certificate_expired"
	ReasonCertificateAuthority Reason = "certificate_authority"
	ReasonCertificateSubject   Reason = "certificate_subject"
	ReasonCertificateKey       Reason = "certificate_key"
)

// Why an app could not be told of a sign-out.
const (
	ReasonNotRegistered Reason = "not_registered" // it has no address for this any more
	ReasonUnreachable   Reason = "unreachable"
	ReasonAddress       Reason = "address" // not one that we call
	ReasonRefused       Reason = "refused"
)

// Reason is the reason of an event about a session that ended for this reason.
func (r EndReason) Reason() Reason { return Reason(r) }

// Reason is the reason of an event about a code of an authenticator of this kind.
func (k Kind) Reason() Reason { return Reason(k) }

// Reason is the reason of a lock: too many wrong ones of this proof.
func (p Proof) Reason() Reason { return Reason(p) }

// Wrong is the reason of an event about one proof that was wrong.
func (p Proof) Wrong() Reason {
	switch p {
	case ProofPassword:
		return ReasonWrongPassword
	case ProofPIN:
		return ReasonWrongPIN
	default:
		return ReasonWrongCode
	}
}
