package oidcop

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
)

// errRecorded is the parent of an error of which the audit trail has an event already, with more in it than a refusal's.
var errRecorded = errors.New("the audit trail has it")

// uniform is the one answer to credentials that do not fit: it is the same to the letter, whatever was wrong. Its reference is the
// header X-Request-Id alone.
const uniform = "Client authentication failed."

// refused completes an error that a client is answered with: one event, and a reference in its description, by which the log, the
// trail and the makers of the app name the same request. What only says that a person is needed is no refusal, and stays as it is.
// client is the one that asks, as far as it is known to exist.
func (s *Server) refused(ctx context.Context, client idp.ClientID, err error) *oidc.Error {
	e, from := protocolError(err), callerFrom(ctx)
	reason := reasonOf(e)
	if reason != "" && !errors.Is(err, errRecorded) {
		s.deps.Refusals.Refuse(ctx, s.event(idp.EventRequestRefused, from, func(event *idp.AuditEvent) {
			event.ClientID, event.Reason = client, reason
			event.Details = map[string]string{"error": string(e.ErrorType), "error_description": e.Description, "reference": from.reference}
		}))
	}
	if reason == "" || from.reference == "" || e.Description == uniform {
		return e
	}
	referred := *e
	referred.Description = strings.TrimLeft(e.Description+" (reference "+from.reference+")", " ")
	return &referred
}

// reasonOf is the reason of a refusal in the trail; "" for an answer that refuses nothing.
func reasonOf(e *oidc.Error) idp.Reason {
	switch e.ErrorType {
	case oidc.InvalidRequest, codeTooSoon:
		return idp.ReasonInvalidRequest
	case oidc.InvalidClient:
		return idp.ReasonMalformed // anything else of it has its own event: rejectClient
	case oidc.InvalidScope, codeInsufficientScope:
		return idp.ReasonInvalidScope
	case oidc.InvalidTarget:
		return idp.ReasonInvalidTarget
	case oidc.InvalidGrant:
		return idp.ReasonInvalidGrant
	case oidc.UnauthorizedClient:
		return idp.ReasonUnauthorizedClient
	case codeInvalidToken:
		return idp.ReasonInvalidToken
	case codeInvalidProof:
		return idp.ReasonInvalidProof
	case oidc.UnsupportedGrantType, oidc.RequestNotSupported, codeUnsupportedResponse, codeRequestURINotSupported, codeRegistrationNotSupport:
		return idp.ReasonUnsupported
	default:
		return ""
	}
}

// parameterName is what a description may repeat of a request: the name of a parameter, and no text that a visitor made up.
var parameterName = regexp.MustCompile(`^[a-z_]{1,40}$`)

// the names a parameter in a description.
func the(parameter string) string {
	if !parameterName.MatchString(parameter) {
		return "A parameter"
	}
	return "The parameter " + parameter
}
