package directory

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// refusal is the answer of a command or a query that may not be carried out. Its event is committed, and so is what the command
// changed before it was refused.
type refusal struct {
	reason idp.Reason
	answer error
}

// Error describes the refusal.
func (r *refusal) Error() string { return "refused: " + string(r.reason) }

// Unwrap returns the answer.
func (r *refusal) Unwrap() error { return r.answer }

// refuse turns policy's answer into what the caller is told; nil if the command may go on.
func refuse(answer policy.Permission) error {
	if answer == policy.Permitted {
		return nil
	}
	return &refusal{reason: answer.Reason(), answer: &idp.Error{Code: idp.CodeForbidden, Public: whyNot(answer)}}
}

// whyNot is policy's answer in words for the caller; "" if they may, or for the surface's own text.
func whyNot(answer policy.Permission) string {
	switch answer {
	case policy.PermissionSelf:
		return "You can’t do this to your own account. Ask another administrator."
	case policy.PermissionMoreRights:
		return "This needs rights that you don’t have. Ask a System Administrator."
	case policy.PermissionNoAccess:
		return "You don’t have access to User Management+."
	case policy.PermissionNeedsCase:
		return "APS staff help the people of a practice through a support case. Open one first."
	case policy.PermissionNewAddress:
		return "Their email address was changed, and they haven’t signed in with it yet. Another administrator can do this now, or APS support."
	case policy.PermissionInactive:
		return "Your account can’t be used at the moment."
	default:
		return ""
	}
}

// unknown answers as if nothing had this name, and records in the event what the caller named (ABUSE 32).
func unknown(event *idp.AuditEvent, what, name string, reason idp.Reason) error {
	event.Details = map[string]string{"named_" + what: harmless(name)}
	return &refusal{reason: reason, answer: idp.ErrNotFound}
}

// harmless returns what the caller typed as a name in a form that is safe in an event (ABUSE 38): short, and printable.
func harmless(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, shortened(strings.ToValidUTF8(name, string(utf8.RuneError))))
}

// notNow refuses, with an event, a command that can't be carried out in the present state.
func notNow(reason idp.Reason, text string) error {
	return &refusal{reason: reason, answer: &idp.Error{Code: idp.CodeForbidden, Public: text}}
}
