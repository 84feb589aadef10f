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

// standing returns this browser's session at the app and what is missing for it to answer the request. Without one it may get
// one through the app's sign-on group.
func (s *Server) standing(w http.ResponseWriter, r *http.Request, a authorization, now time.Time) (idp.Session, need, error) {
	cookie, err := s.deps.Cookies.Session(r, a.client.ID)
	if err != nil {
		return idp.Session{}, "", err
	}
	session, found, err := s.sessionHere(r.Context(), cookie, a.client, now)
	if err != nil {
		return idp.Session{}, "", err
	}
	if !found {
		return s.share(w, r, a, now)
	}
	lacks, err := s.lacks(r.Context(), a, session, now)
	return session, lacks, err
}

// missing decides what a session lacks. It is pure.
func missing(a authorization, session idp.Session, account idp.Account, now time.Time) need {
	switch {
	case a.fresh:
		return needFresh
	case a.maxAge != nil && (*a.maxAge == 0 || now.Sub(session.AuthTime) > *a.maxAge):
		return needYounger
	case a.subject != "" && a.subject != session.UserID:
		return needOther
	case policy.MayEnter(account.User, account.Practice, a.client) != policy.AccessGranted:
		return needAccess
	case session.ACR == idp.ACRMFA:
		return needNothing
	}
	switch policy.RequireMFA(account.User, account.Practice, a.client, a.acr, now).Reason {
	case policy.MFANotRequired:
		return needNothing
	case policy.MFARequested:
		return needStrongerID
	default:
		return needMFA
	}
}
