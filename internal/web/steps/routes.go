package steps

import (
	"net/http"

	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/signin"
)

const stepPath = "/signin/{client}/{tx}/{step}"

// Routes lists the surface: one address for all steps. GET shows the step a sign-in is at, POST submits it, and either leads
// back to the current step when it is another one. The step "done" is package oidcop's.
func (s *Surface) Routes(mux *http.ServeMux) {
	mux.Handle("GET "+stepPath, s.handle(s.show))
	mux.Handle("POST "+stepPath, s.pages.SameOrigin(s.handle(s.submit)))
	s.pages.LooksRoutes(mux, s.clients.FindClient)
	mux.Handle(stepPath, s.pages.MethodNotAllowed("GET, HEAD, POST"))
}

// fields lists what the form of each step may carry; a step that is missing here has no page.
func fields(step signin.State) []string {
	switch step {
	case signin.StatePassword:
		return []string{"action", "username", "password", passkey.Field}
	case signin.StatePasskey, signin.StatePasskeySetup:
		return []string{"action", passkey.Field}
	case signin.StateChoose:
		return []string{"action", "kind"}
	case signin.StateSMSSetup:
		return []string{"action", "country", "phone"}
	case signin.StateTOTPSetup, signin.StateSMSVerify, signin.StateTOTP, signin.StateSMS, signin.StateEnrolmentCode:
		return []string{"action", "code"}
	case signin.StateRecoveryPIN:
		return []string{"action", "pin", "pin_confirm"}
	case signin.StateRecover:
		return []string{"action", "pin"}
	case signin.StateNewPassword:
		return []string{"action", "new_password"}
	case signin.StateRevoke, signin.StateOfferPasskey, signin.StateEnded:
		return []string{"action"}
	default:
		return nil
	}
}
