package signin

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
)

// Actions a page can post beside its main one.
const (
	ActionBack       = "back"
	ActionResend     = "resend"
	ActionOther      = "other"
	ActionLostDevice = "lost-device"
	ActionForgotPIN  = "forgot-pin"
	ActionCancel     = "cancel"
	ActionNotNow     = "not-now"
	ActionNever      = "never"
)

// Submit takes the form of the page of step at. A step that is not the current one changes nothing: the outcome names the
// current one. An unknown action changes nothing. Of two posts of one step the second may come to ProblemSentTwice: then what it
// brought is not judged, and has to be sent again.
//
// Errors: *Restarted; idp.ErrNotFound; idp.ErrBusy with RetryAfter; those of the stores. After an error nothing moved, but a
// code that was used up stays so.
func (s *Service) Submit(ctx context.Context, b Browser, at State, form Form, now time.Time) (Outcome, error) {
	tx, err := s.load(ctx, b, now)
	var again *Restarted
	if errors.As(err, &again) && at == StatePassword && form.Credential.IsZero() { // a passkey answered what is asked no more
		return s.submitAnew(ctx, b, again.Begun, form, now)
	}
	if err != nil {
		return Outcome{}, err
	}
	if tx.State != at {
		return Outcome{State: tx.State}, nil
	}
	p := post{tx: tx, browser: b, form: form, now: now}
	out, err := s.take(ctx, p)
	var down *fallen
	switch {
	case errors.As(err, &down):
		return Outcome{}, s.fell(ctx, down)
	case errors.Is(err, errMoved):
		return s.moved(ctx, p)
	case errors.Is(err, errSpent):
		return Outcome{}, s.restart(ctx, tx.Request, b.Address, now)
	case errors.Is(err, idp.ErrConflict): // the step does not take this action
		return Outcome{State: tx.State}, nil
	default:
		return out, err
	}
}

// submitAnew takes the form of a first page that stood open for too long: the sign-in that was begun in its place takes it, so that the
// person has nothing to type again. No other page's form is taken so: what it was asked for is gone.
func (s *Service) submitAnew(ctx context.Context, b Browser, begun Begun, form Form, now time.Time) (Outcome, error) {
	b.Transaction, b.Cookie, b.Again = begun.Transaction, begun.Cookie, idp.Secret{}
	out, err := s.Submit(ctx, b, StatePassword, form, now)
	out.Begun = &begun
	return out, err
}

// take reads what the step rests on, and takes it.
func (s *Service) take(ctx context.Context, p post) (Outcome, error) {
	if p.tx.State != StatePassword && p.tx.State != StateDone && p.tx.State != StateEnded {
		var err error
		p, err = s.current(ctx, p)
		if err != nil {
			return Outcome{}, err
		}
	}
	return s.step(ctx, p)
}

// step runs the current step's main action, or the other one that was pressed.
func (s *Service) step(ctx context.Context, p post) (Outcome, error) {
	switch p.form.Action {
	case "":
		return s.mainAction(ctx, p)
	case ActionBack, ActionCancel:
		return s.simply(ctx, p, WentBack{})
	case ActionLostDevice:
		return s.lostDevice(ctx, p)
	case ActionForgotPIN:
		return s.simply(ctx, p, PINForgotten{})
	case ActionResend:
		return s.resend(ctx, p)
	case ActionOther:
		return s.other(ctx, p)
	case ActionNotNow:
		if p.tx.State == StateOfferPasskey {
			return s.simply(ctx, p, OfferLeft{})
		}
		return s.simply(ctx, p, PasswordKept{})
	case ActionNever:
		return s.offerNoMore(ctx, p)
	default:
		return Outcome{State: p.tx.State}, nil
	}
}

func (s *Service) mainAction(ctx context.Context, p post) (Outcome, error) {
	switch p.tx.State {
	case StatePassword:
		if !p.form.Credential.IsZero() {
			return s.signInAlone(ctx, p)
		}
		return s.password(ctx, p)
	case StateChoose:
		return s.choose(ctx, p)
	case StateTOTPSetup:
		return s.confirmTOTP(ctx, p)
	case StateSMSSetup:
		return s.givePhone(ctx, p)
	case StateSMSVerify, StateSMS:
		return s.verifySMS(ctx, p)
	case StateRecoveryPIN:
		return s.createPIN(ctx, p)
	case StateTOTP:
		return s.verifyTOTP(ctx, p)
	case StatePasskey:
		return s.verifyPasskey(ctx, p)
	case StatePasskeySetup:
		return s.makePasskey(ctx, p)
	case StateEnrolmentCode:
		return s.useEnrolmentCode(ctx, p)
	case StateRecover:
		return s.usePIN(ctx, p)
	case StateRevoke:
		return s.simply(ctx, p, MFARevoked{})
	case StateOfferPasskey:
		return s.simply(ctx, p, OfferTaken{})
	case StateNewPassword:
		if codeFirst(p.tx) {
			return s.simply(ctx, p, CodeWanted{})
		}
		return s.renewPassword(ctx, p)
	default:
		return Outcome{State: p.tx.State}, nil
	}
}

// simply advances by a fact that needs no proof.
func (s *Service) simply(ctx context.Context, p post, e Event) (Outcome, error) {
	out, _, err := s.advance(ctx, p, always(e))
	return out, err
}

// prove advances by a proof; a wrong one shows the same page again with the problem, unless it ended the sign-in. A step that
// was changed while the proof was being compared is left alone: the proof was for another page.
func (s *Service) prove(ctx context.Context, p post, d decide, wrong Problem) (Outcome, error) {
	stored, err := s.unmoved(ctx, p.tx)
	if err != nil {
		return Outcome{}, err
	}
	if asks := p.tx.State == StatePasskey || p.tx.State == StatePasskeySetup; asks && stored.Passkey.Value != p.tx.Passkey.Value {
		return Outcome{}, errMoved // what was answered is not asked any more
	}
	out, event, err := s.advance(ctx, p, d)
	if err != nil || out.State != p.tx.State {
		return out, err
	}
	switch e := event.(type) {
	case CodeReplayed:
		return s.reject(ctx, p, wrong.Field, ProblemCodeUsed)
	case ProofRejected:
		if e.Why != "" {
			p.tx.Passkey = passkey.Challenge{} // as it was saved: the page asks anew
		}
		out, err = s.reject(ctx, p, wrong.Field, wrong.Code)
		if err == nil {
			out.Problem.Left = e.Left
		}
	}
	return out, err
}

// rejectUntil shows the page again, and says until when it is no use to send it.
func (s *Service) rejectUntil(ctx context.Context, p post, field string, code ProblemCode, until time.Time) (Outcome, error) {
	out, err := s.reject(ctx, p, field, code)
	out.View.Until = until
	return out, err
}

// rejectAll rejects a form for every field that is wrong.
func (s *Service) rejectAll(ctx context.Context, p post, wrong []Problem) (Outcome, error) {
	out, err := s.reject(ctx, p, wrong[0].Field, wrong[0].Code)
	if err == nil {
		out.Problem.Also = wrong[1:]
	}
	return out, err
}

// reject shows the page again, with what was typed, but never a secret.
func (s *Service) reject(ctx context.Context, p post, field string, code ProblemCode) (Outcome, error) {
	view, err := s.view(ctx, p.tx, p.now)
	if err != nil {
		return Outcome{}, err
	}
	view.Note = NoteNone // the problem is what there is to say
	switch p.tx.State {
	case StatePassword:
		view.Username = p.form.Username
	case StateSMSSetup:
		view.Country, view.Phone = p.form.Country, p.form.Phone
	}
	return Outcome{State: p.tx.State, Problem: &Problem{Field: field, Code: code}, View: view}, nil
}
