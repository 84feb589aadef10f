package adminapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

const realm = `Bearer realm="APS ID"`

// call is one request of a caller that admit has let in.
type call struct {
	directory.Caller
	access idp.Reference
	now    time.Time
	url    *url.URL
}

type callKey struct{}

// callIn returns the call of a request that passed admit.
func callIn(ctx context.Context) call {
	c, _ := ctx.Value(callKey{}).(call)
	return c
}

// isPerson reports whether the token is a person's.
func (c call) isPerson() bool { return c.access.SID != "" }

// admit lets in only callers whose token is good, is for this API, and has the scope of the operation.
func (a *API) admit(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	c, err := a.caller(w, r)
	if err == nil {
		err = permits(a.operations[ctx.Operation().OperationID], c)
	}
	if err != nil {
		a.refuse(ctx, err)
		return
	}
	next(huma.WithValue(ctx, callKey{}, c))
}

// caller finds out whose token it is.
func (a *API) caller(w http.ResponseWriter, r *http.Request) (call, error) {
	c := call{now: a.deps.Clock(), url: r.URL}
	access, found, err := a.deps.Tokens.VerifyAccess(w, r, c.now)
	var unproved interface{ Challenge() string }
	switch {
	case err == nil && !found:
		return call{}, problem("token_missing").with("WWW-Authenticate", realm)
	case errors.As(err, &unproved):
		return call{}, problem("token_invalid").with("WWW-Authenticate", unproved.Challenge())
	}
	if errors.Is(err, idp.ErrNotFound) || err == nil && !slices.ContainsFunc(access.Audience, a.config.isAudience) {
		return call{}, invalidToken()
	}
	if err != nil {
		return call{}, err
	}
	c.access = access
	c.Caller = directory.Caller{
		Actor:   idp.Actor{Kind: idp.ActorClient, ID: access.Subject},
		Address: a.deps.Addresses.Of(r), UserAgent: browser.UserAgent(r),
	}
	if !c.isPerson() {
		return c, nil
	}
	c.Proved, c.SID = policy.Proved{ACR: access.ACR, At: access.AuthTime}, access.SID
	c.Kind, err = a.person(r.Context(), access, c.now)
	return c, err
}

// person reads the account as it is stored now: MFA may have been required only after its session began.
func (a *API) person(ctx context.Context, access idp.Reference, now time.Time) (idp.ActorKind, error) {
	account, err := a.deps.Accounts.FindAccount(ctx, idp.UserID(access.Subject))
	if errors.Is(err, idp.ErrNotFound) {
		return "", invalidToken()
	}
	if err != nil {
		return "", err
	}
	client, err := a.deps.Clients.FindClient(ctx, access.ClientID)
	if errors.Is(err, idp.ErrNotFound) {
		return "", invalidToken()
	}
	if err != nil {
		return "", err
	}
	required := policy.RequireMFA(account.User, account.Practice, client, "", now).ACR
	switch {
	case policy.MayEnter(account.User, account.Practice, client) != policy.AccessGranted:
		return "", invalidToken()
	case !access.ACR.Satisfies(required):
		return "", proofsNeeded(policy.Proofs{ACR: required, MaxAge: policy.Freshness})
	case account.Practice.Kind == idp.PracticeAPS && account.User.HasRole(idp.RoleAPSStaff):
		return idp.ActorStaff, nil
	default:
		return idp.ActorUser, nil
	}
}

// permits checks what an operation asks of the token.
func permits(o operation, c call) error {
	switch {
	case !slices.Contains(c.access.Scopes, string(o.scope)):
		challenge := fmt.Sprintf(`%s, error="insufficient_scope", scope="%s"`, realm, o.scope)
		return problem("scope_missing").say("It needs the scope "+string(o.scope)+".").with("WWW-Authenticate", challenge)
	case o.person && !c.isPerson():
		return problem("person_needed")
	default:
		return nil
	}
}

// proofsNeeded asks the app for a new sign-in with these proofs (RFC 9470, section 3).
func proofsNeeded(p policy.Proofs) *Problem {
	return problem("proofs_needed").with("WWW-Authenticate", fmt.Sprintf(
		`%s, error="insufficient_user_authentication", error_description="A fresh sign-in with MFA is needed.", acr_values="%s", max_age="%d"`,
		realm, p.ACR, int(p.MaxAge.Seconds())))
}

func invalidToken() *Problem {
	return problem("token_invalid").with("WWW-Authenticate", realm+`, error="invalid_token"`)
}
