package redisstore

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
)

// transactionRow is a transaction as it is sealed: secrets revealed, times in UTC. Text that comes from outside and must go back
// exactly as it came is kept as bytes, because JSON would replace bytes that are not UTF-8. What is not known yet is left out, so that
// a sign-in that no person has touched is small.
type transactionRow struct {
	ID        string       `json:",omitzero"`
	Version   int64        `json:",omitzero"`
	State     signin.State `json:",omitzero"`
	Request   requestRow   `json:",omitzero"`
	Binding   string       `json:",omitzero"`
	CreatedAt time.Time    `json:",omitzero"`
	ExpiresAt time.Time    `json:",omitzero"`
	SID       idp.SID      `json:",omitzero"`

	UserID     idp.UserID       `json:",omitzero"`
	PracticeID idp.PracticeID   `json:",omitzero"`
	Username   string           `json:",omitzero"`
	Name       string           `json:",omitzero"`
	Practice   string           `json:",omitzero"`
	TimeZone   string           `json:",omitzero"`
	Region     idp.Region       `json:",omitzero"`
	Helper     signin.Helper    `json:",omitzero"`
	MFA        bool             `json:",omitzero"`
	ACR        idp.ACR          `json:",omitzero"`
	MFAReason  policy.MFAReason `json:",omitzero"`
	HasPIN     bool             `json:",omitzero"`
	Other      bool             `json:",omitzero"`

	UsingID    idp.AuthenticatorID `json:",omitzero"`
	UsingKind  idp.Kind            `json:",omitzero"`
	UsingPhone string              `json:",omitzero"`

	PasswordAt time.Time `json:",omitzero"`
	PasswordOf time.Time `json:",omitzero"`
	PINOf      time.Time `json:",omitzero"`
	SecondAt   time.Time `json:",omitzero"`
	SecondKind idp.Kind  `json:",omitzero"`
	Synced     bool      `json:",omitzero"`
	EnrolledAt time.Time `json:",omitzero"`
	Guarded    bool      `json:",omitzero"`
	Offer      bool      `json:",omitzero"`
	Alone      bool      `json:",omitzero"`

	Weak  policy.PasswordProblem `json:",omitzero"`
	Asked bool                   `json:",omitzero"`

	Setup          signin.Setup        `json:",omitzero"`
	PendingID      idp.AuthenticatorID `json:",omitzero"`
	PendingKind    idp.Kind            `json:",omitzero"`
	PendingTOTPKey string              `json:",omitzero"`
	PendingCountry string              `json:",omitzero"`
	PendingPhone   string              `json:",omitzero"`

	ChallengeCode      string    `json:",omitzero"`
	ChallengePhone     string    `json:",omitzero"`
	ChallengeSentAt    time.Time `json:",omitzero"`
	ChallengeResendAt  time.Time `json:",omitzero"`
	ChallengeExpiresAt time.Time `json:",omitzero"`
	ChallengeSends     int       `json:",omitzero"`
	Texted             bool      `json:",omitzero"`

	Passkey   passkey.Challenge `json:",omitzero"`
	ByPasskey bool              `json:",omitzero"`

	Failures  int           `json:",omitzero"`
	Note      signin.Note   `json:",omitzero"`
	EndReason signin.Ending `json:",omitzero"`
	EndUntil  time.Time     `json:",omitzero"`
}

type requestRow struct {
	ClientID      idp.ClientID `json:",omitzero"`
	RedirectURI   string       `json:",omitzero"`
	ResponseMode  string       `json:",omitzero"`
	Scopes        []string     `json:",omitzero"`
	Resources     []string     `json:",omitzero"`
	State         []byte       `json:",omitzero"`
	Nonce         []byte       `json:",omitzero"`
	CodeChallenge string       `json:",omitzero"`
	Claims        string       `json:",omitzero"`
	LoginHint     []byte       `json:",omitzero"`
	RequestedACR  idp.ACR      `json:",omitzero"`
	Query         []byte       `json:",omitzero"`
	JKT           string       `json:",omitzero"`
	Pushed        string       `json:",omitzero"`
}

func newTransactionRow(tx signin.Transaction) transactionRow {
	asked := tx.Passkey
	asked.ExpiresAt = asked.ExpiresAt.UTC()
	return transactionRow{
		ID:        tx.ID,
		Version:   tx.Version,
		State:     tx.State,
		Request:   newRequestRow(tx.Request),
		Binding:   tx.Binding,
		CreatedAt: tx.CreatedAt.UTC(),
		ExpiresAt: tx.ExpiresAt.UTC(),
		SID:       tx.SID,

		UserID:     tx.UserID,
		PracticeID: tx.PracticeID,
		Username:   tx.Username,
		Name:       tx.Name,
		Practice:   tx.Practice,
		TimeZone:   tx.TimeZone,
		Region:     tx.Region,
		Helper:     tx.Helper,
		MFA:        tx.Requirement.MFA(),
		ACR:        tx.Requirement.ACR,
		MFAReason:  tx.Requirement.Reason,
		HasPIN:     tx.HasPIN,
		Other:      tx.Other,

		UsingID:    tx.Using.ID,
		UsingKind:  tx.Using.Kind,
		UsingPhone: tx.Using.Phone.Reveal(),

		PasswordAt: tx.PasswordAt.UTC(),
		PasswordOf: tx.PasswordOf.UTC(),
		PINOf:      tx.PINOf.UTC(),
		SecondAt:   tx.SecondAt.UTC(),
		SecondKind: tx.SecondKind,
		Synced:     tx.Synced,
		EnrolledAt: tx.EnrolledAt.UTC(),
		Guarded:    tx.Guarded,
		Offer:      tx.Offer,
		Alone:      tx.Alone,

		Weak:  tx.Weak,
		Asked: tx.Asked,

		Setup:          tx.Setup,
		PendingID:      tx.Pending.ID,
		PendingKind:    tx.Pending.Kind,
		PendingTOTPKey: tx.Pending.TOTPKey.Reveal(),
		PendingCountry: tx.Pending.Country,
		PendingPhone:   tx.Pending.Phone.Reveal(),

		ChallengeCode:      tx.Challenge.Code.Reveal(),
		ChallengePhone:     tx.Challenge.Phone.Reveal(),
		ChallengeSentAt:    tx.Challenge.SentAt.UTC(),
		ChallengeResendAt:  tx.Challenge.ResendAt.UTC(),
		ChallengeExpiresAt: tx.Challenge.ExpiresAt.UTC(),
		ChallengeSends:     tx.Challenge.Sends,
		Texted:             tx.Texted,

		Passkey:   asked,
		ByPasskey: tx.ByPasskey,

		Failures:  tx.Failures,
		Note:      tx.Note,
		EndReason: tx.EndReason,
		EndUntil:  tx.EndUntil.UTC(),
	}
}

// required is the strength that the sign-in has to reach. The previous release knows two, and writes whether it is the second.
func (r transactionRow) required() idp.ACR {
	switch {
	case r.ACR != "":
		return r.ACR
	case r.MFA:
		return idp.ACRMFA
	case r.MFAReason == "": // it is not known yet
		return ""
	default:
		return idp.ACRPassword
	}
}

func (r transactionRow) transaction() signin.Transaction {
	return signin.Transaction{
		ID:        r.ID,
		Version:   r.Version,
		State:     r.State,
		Request:   r.Request.request(),
		Binding:   r.Binding,
		CreatedAt: r.CreatedAt,
		ExpiresAt: r.ExpiresAt,
		SID:       r.SID,

		UserID:      r.UserID,
		PracticeID:  r.PracticeID,
		Username:    r.Username,
		Name:        r.Name,
		Practice:    r.Practice,
		TimeZone:    r.TimeZone,
		Region:      r.Region,
		Helper:      r.Helper,
		Requirement: policy.Requirement{ACR: r.required(), Reason: r.MFAReason},
		Using:       signin.Using{ID: r.UsingID, Kind: r.UsingKind, Phone: idp.NewSecret(r.UsingPhone)},
		HasPIN:      r.HasPIN,
		Other:       r.Other,

		PasswordAt: r.PasswordAt,
		PasswordOf: r.PasswordOf,
		PINOf:      r.PINOf,
		SecondAt:   r.SecondAt,
		SecondKind: r.SecondKind,
		Synced:     r.Synced,
		EnrolledAt: r.EnrolledAt,
		Guarded:    r.Guarded,
		Offer:      r.Offer,
		Alone:      r.Alone,

		Weak:  r.Weak,
		Asked: r.Asked,

		Setup: r.Setup,
		Pending: signin.Pending{
			ID:      r.PendingID,
			Kind:    r.PendingKind,
			TOTPKey: idp.NewSecret(r.PendingTOTPKey),
			Country: r.PendingCountry,
			Phone:   idp.NewSecret(r.PendingPhone),
		},
		Challenge: signin.Challenge{
			Code:      idp.NewSecret(r.ChallengeCode),
			Phone:     idp.NewSecret(r.ChallengePhone),
			SentAt:    r.ChallengeSentAt,
			ResendAt:  r.ChallengeResendAt,
			ExpiresAt: r.ChallengeExpiresAt,
			Sends:     r.ChallengeSends,
		},
		Texted: r.Texted,

		Passkey:   r.Passkey,
		ByPasskey: r.ByPasskey,

		Failures:  r.Failures,
		Note:      r.Note,
		EndReason: r.EndReason,
		EndUntil:  r.EndUntil,
	}
}

func newRequestRow(r signin.Request) requestRow {
	return requestRow{
		ClientID:      r.ClientID,
		RedirectURI:   r.RedirectURI,
		ResponseMode:  r.ResponseMode,
		Scopes:        r.Scopes,
		Resources:     r.Resources,
		State:         []byte(r.State),
		Nonce:         []byte(r.Nonce),
		CodeChallenge: r.CodeChallenge,
		Claims:        r.Claims,
		LoginHint:     []byte(r.LoginHint),
		RequestedACR:  r.RequestedACR,
		Query:         []byte(r.Query),
		JKT:           r.JKT,
		Pushed:        r.Pushed,
	}
}

func (r requestRow) request() signin.Request {
	return signin.Request{
		ClientID:      r.ClientID,
		RedirectURI:   r.RedirectURI,
		ResponseMode:  r.ResponseMode,
		Scopes:        r.Scopes,
		Resources:     r.Resources,
		State:         string(r.State),
		Nonce:         string(r.Nonce),
		CodeChallenge: r.CodeChallenge,
		Claims:        r.Claims,
		LoginHint:     string(r.LoginHint),
		RequestedACR:  r.RequestedACR,
		Query:         string(r.Query),
		JKT:           r.JKT,
		Pushed:        r.Pushed,
	}
}
