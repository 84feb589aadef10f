package redisstore

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
)

// transactionRow is a transaction as it is sealed: secrets revealed, times in UTC. Text that comes from outside and must go back
// exactly as it came is kept as bytes, because JSON would replace bytes that are not UTF-8.
type transactionRow struct {
	ID        string
	Version   int64
	State     signin.State
	Request   requestRow
	Binding   string
	CreatedAt time.Time
	ExpiresAt time.Time
	SID       idp.SID

	UserID     idp.UserID
	PracticeID idp.PracticeID
	Username   string
	Name       string
	Practice   string
	TimeZone   string
	MFA        bool
	MFAReason  policy.MFAReason
	HasPIN     bool
	Other      bool

	UsingID    idp.AuthenticatorID
	UsingKind  idp.Kind
	UsingPhone string

	PasswordAt time.Time
	PasswordOf time.Time
	PINOf      time.Time
	SecondAt   time.Time
	SecondKind idp.Kind

	PendingID      idp.AuthenticatorID
	PendingKind    idp.Kind
	PendingTOTPKey string
	PendingCountry string
	PendingPhone   string

	ChallengeCode      string
	ChallengePhone     string
	ChallengeSentAt    time.Time
	ChallengeResendAt  time.Time
	ChallengeExpiresAt time.Time
	ChallengeSends     int

	Failures  int
	Note      signin.Note
	EndReason signin.Ending
	EndUntil  time.Time
}

type requestRow struct {
	ClientID      idp.ClientID
	RedirectURI   string
	ResponseMode  string
	Scopes        []string
	State         []byte
	Nonce         []byte
	CodeChallenge string
	LoginHint     []byte
	RequestedACR  idp.ACR
	Query         []byte
}

func newTransactionRow(tx signin.Transaction) transactionRow {
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
		MFA:        tx.Requirement.MFA,
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

		Failures:  tx.Failures,
		Note:      tx.Note,
		EndReason: tx.EndReason,
		EndUntil:  tx.EndUntil.UTC(),
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
		Requirement: policy.Requirement{MFA: r.MFA, Reason: r.MFAReason},
		Using:       signin.Using{ID: r.UsingID, Kind: r.UsingKind, Phone: idp.NewSecret(r.UsingPhone)},
		HasPIN:      r.HasPIN,
		Other:       r.Other,

		PasswordAt: r.PasswordAt,
		PasswordOf: r.PasswordOf,
		PINOf:      r.PINOf,
		SecondAt:   r.SecondAt,
		SecondKind: r.SecondKind,

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
		State:         []byte(r.State),
		Nonce:         []byte(r.Nonce),
		CodeChallenge: r.CodeChallenge,
		LoginHint:     []byte(r.LoginHint),
		RequestedACR:  r.RequestedACR,
		Query:         []byte(r.Query),
	}
}

func (r requestRow) request() signin.Request {
	return signin.Request{
		ClientID:      r.ClientID,
		RedirectURI:   r.RedirectURI,
		ResponseMode:  r.ResponseMode,
		Scopes:        r.Scopes,
		State:         string(r.State),
		Nonce:         string(r.Nonce),
		CodeChallenge: r.CodeChallenge,
		LoginHint:     string(r.LoginHint),
		RequestedACR:  r.RequestedACR,
		Query:         string(r.Query),
	}
}
