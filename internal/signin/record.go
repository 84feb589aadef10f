package signin

import (
	"context"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// What a step writes to SQL, built from what is known of it.

// auditEvent is the event of a record that stands at this place among the effects of its step.
func auditEvent(p post, tx Transaction, r Record, place int) idp.AuditEvent {
	e := idp.AuditEvent{
		ID: idp.NthEventID(p.now, place), At: p.now, Type: r.Type, Result: r.Result, Reason: r.Reason,
		Actor: idp.Actor{Kind: idp.ActorUser, ID: string(tx.UserID)}, UserID: tx.UserID, PracticeID: tx.PracticeID,
		ClientID: tx.Request.ClientID, SID: tx.SID, Address: p.browser.Address, UserAgent: p.browser.UserAgent,
	}
	if amr := factors(tx, r); amr != "" {
		e.Details = map[string]string{"amr": amr}
	}
	if r.Limit != "" {
		e.Details = map[string]string{"limit": string(r.Limit)}
	}
	if e.UserID == "" { // not proved yet: the event concerns the person whom the user name names, and its actor is unknown
		e.UserID, e.PracticeID = p.account.User.ID, p.account.Practice.ID
	}
	return e
}

// revoked is the event of each session that ends because MFA was revoked.
func revoked(tx Transaction, now time.Time) idp.AuditEvent {
	return idp.AuditEvent{
		At: now, Type: idp.EventSessionEnded, Actor: idp.Actor{Kind: idp.ActorUser, ID: string(tx.UserID)}, Result: idp.ResultSuccess,
		Reason: idp.EndRevoked.Reason(), Details: map[string]string{"by": string(idp.EventMFARevoked)},
	}
}

// factors are the factors that the event is about, with the names of RFC 8176: the one that the step asked for, or, for a sign-in
// that succeeded, all that were given. The audit trail has to say how a person proved who they are.
func factors(tx Transaction, r Record) string {
	switch r.Type {
	case idp.EventPasswordAccepted, idp.EventPasswordRejected:
		return string(idp.AMRPassword)
	case idp.EventCodeAccepted, idp.EventCodeRejected, idp.EventMFAEnrolled:
		kind := tx.Using.Kind
		if tx.Pending.Kind != "" {
			kind = tx.Pending.Kind
		}
		switch {
		case kind == idp.KindSMS:
			return string(idp.AMRSMS)
		case kind == idp.KindTOTP:
			return string(idp.AMROTP)
		case r.Result == idp.ResultSuccess:
			return string(keyOf(tx))
		default: // of a passkey that was refused, the reason says what there is to say
			return ""
		}
	case idp.EventSigninSucceeded:
		_, given := strength(tx)
		names := make([]string, len(given))
		for i, method := range given {
			names[i] = string(method)
		}
		return strings.Join(names, " ")
	default:
		return ""
	}
}

func bound(tx Transaction, b Bind, now time.Time) idp.Authenticator {
	return idp.Authenticator{
		ID: b.Pending.ID, PracticeID: tx.PracticeID, UserID: tx.UserID, Kind: b.Pending.Kind,
		TOTPKey: b.Pending.TOTPKey, Phone: b.Pending.Phone, LastStep: b.Step, CreatedAt: now, LastUsedAt: now, Passkey: b.Passkey,
	}
}

func session(p post, tx Transaction, e StartSession, cookie idp.Secret) idp.Session {
	proved := provedAt(tx)
	return idp.Session{
		ID: tx.SID, PracticeID: tx.PracticeID, UserID: tx.UserID, ClientID: tx.Request.ClientID, BrowserHash: cookie.Hash(),
		ACR: e.ACR, AMR: e.AMR, Factors: e.Factors, AuthTime: proved, CreatedAt: p.now, ExpiresAt: policy.SessionEnd(p.client, proved),
		LastActivity: p.now, SignOn: tx.SID,
	}
}

// provedAt is when the last proof was given.
func provedAt(tx Transaction) time.Time {
	if tx.SecondAt.After(tx.PasswordAt) {
		return tx.SecondAt
	}
	return tx.PasswordAt
}

// enqueue queues the notice by e-mail, and by text as a message of its own: each is retried independently.
func enqueue(ctx context.Context, u Unit, p post, tx Transaction, e Notify) error {
	byMail := notice(p, tx, e)
	if err := u.EnqueueNotice(ctx, byMail); err != nil {
		return err
	}
	byText := byMail
	byText.Email, byText.Phone = "", phoneOf(p.account)
	if !e.ByText || byText.Phone.IsZero() {
		return nil
	}
	return u.EnqueueNotice(ctx, byText)
}

func notice(p post, tx Transaction, e Notify) idp.Notice {
	if tx.UserID == "" { // it is not known who signs in: a passkey of this person was refused
		tx, e.Method = p.whom(tx), idp.KindPasskey
	}
	return idp.Notice{
		Kind: e.Kind, UserID: tx.UserID, Name: tx.Name, Email: tx.Username, App: p.client.Name, Client: p.client.ID, Practice: tx.Practice,
		Method: e.Method, Address: p.browser.Address, UserAgent: p.browser.UserAgent, At: p.now, TimeZone: tx.TimeZone, Region: tx.Region,
		Until: tx.EndUntil,
	}
}

// whom names the person whom the step was about.
func (p post) whom(tx Transaction) Transaction {
	user, practice := p.account.User, p.account.Practice
	tx.UserID, tx.Name, tx.Username = user.ID, user.Name, user.Username
	tx.Practice, tx.TimeZone, tx.Region = practice.Name, practice.TimeZone, practice.Region
	return tx
}

// phoneOf returns the number of the newest authenticator that has one.
func phoneOf(account idp.Account) idp.Secret {
	for _, a := range account.Authenticators {
		if a.Kind == idp.KindSMS {
			return a.Phone
		}
	}
	return idp.Secret{}
}
