package oidcop

import (
	"net/http"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// need names why this browser's session cannot answer a request; needNothing means that it can.
type need string

const (
	needNothing    need = ""
	needSession    need = "no_session"
	needFresh      need = "prompt_login"
	needYounger    need = "max_age"
	needOther      need = "other_person"
	needMFA        need = "mfa"
	needAccess     need = "no_access"
	needStrongerID need = "acr"
)

// silently is the answer to prompt=none (OpenID Connect Core, section 3.1.2.6): interaction_required if a person who is signed
// in lacks only one more proof, and login_required otherwise.
func (n need) silently() error {
	if n == needMFA || n == needStrongerID {
		return oidc.ErrInteractionRequired()
	}
	return oidc.ErrLoginRequired()
}

// standing returns this browser's session at the app, with its person, and what is missing for it to answer the request. Without one it may get
// one through the app's sign-on group.
func (s *Server) standing(w http.ResponseWriter, r *http.Request, a authorization, now time.Time) (idp.SignedIn, need, error) {
	cookie, err := s.deps.Cookies.Session(r, a.client.ID)
	if err != nil {
		return idp.SignedIn{}, "", err
	}
	here, found, err := s.sessionHere(r.Context(), cookie, a.client, now)
	if err != nil {
		return idp.SignedIn{}, "", err
	}
	if !found {
		return s.share(w, r, a, now)
	}
	return here, missing(a, here, now), nil
}

// missing decides what a session lacks to answer the request. The person was read just now: what changed since the sign-in counts. It is
// pure.
func missing(a authorization, in idp.SignedIn, now time.Time) need {
	switch {
	case a.fresh:
		return needFresh
	case a.maxAge != nil && (*a.maxAge == 0 || now.Sub(in.Session.AuthTime) > *a.maxAge):
		return needYounger
	case a.subject != "" && a.subject != in.User.ID:
		return needOther
	case policy.MayEnter(in.User, in.Practice, a.client) != policy.AccessGranted:
		return needAccess
	}
	required := policy.RequireMFA(in.User, in.Practice, a.client, a.acr(), now)
	switch {
	case in.Session.ACR.Satisfies(required.ACR):
		return needNothing
	case required.Reason == policy.MFARequested:
		return needStrongerID
	default:
		return needMFA
	}
}
