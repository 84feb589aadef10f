package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// askUserinfo asks with the access token in the header.
func (r *run) askUserinfo(ctx context.Context, method, token string) (reply, error) {
	return r.call(ctx, method, r.metadata.text("userinfo_endpoint"), nil, http.Header{"Authorization": {"Bearer " + token}})
}

// readUserinfo holds that an answer of userinfo is a person's claims.
func (r *run) readUserinfo(a reply) error {
	if a.object == nil {
		return r.stop("ExtractUserInfoFromUserInfoEndpointResponse", fmt.Errorf("no JSON object: %.200s", a.body))
	}
	if a.text("sub") == "" {
		r.fail("EnsureUserInfoContainsSub", errors.New("sub is missing"))
	}
	return nil
}

// checkUserinfo holds what the modules on claims hold of userinfo.
func (r *run) checkUserinfo(a reply, s signedIn, scopes string) error {
	r.fail("EnsureHttpStatusCodeIs200", a.isStatus(http.StatusOK))
	if err := r.readUserinfo(a); err != nil {
		return err
	}
	r.fail("ValidateUserInfoStandardClaims", areStandard(a.object))
	r.fail("EnsureUserInfoUpdatedAtValid", isWhen(a.object, "updated_at"))
	r.fail("VerifyUserInfoAndIdTokenInTokenEndpointSameSub", same("sub", a.object["sub"], s.id.claims["sub"]))
	r.warn("VerifyScopesReturnedInUserInfoClaims", haveAll(a.object, scopes))
	return nil
}

// userinfoBy is the modules oidcc-userinfo-get and oidcc-userinfo-post-header.
func userinfoBy(method string) func(context.Context, *run) error {
	return flow(func(ctx context.Context, r *run) error {
		s, err := r.signIn(ctx, r.request("openid"))
		if err != nil {
			return err
		}
		a, err := r.askUserinfo(ctx, method, s.tokens.text("access_token"))
		if err != nil {
			return err
		}
		r.fail("EnsureHttpStatusCodeIs200", a.isStatus(http.StatusOK))
		return r.readUserinfo(a)
	})
}

// userinfoPostBody is oidcc-userinfo-post-body.
func userinfoPostBody(ctx context.Context, r *run) error {
	s, err := r.signIn(ctx, r.request("openid"))
	if err != nil {
		return err
	}
	token := url.Values{"access_token": {s.tokens.text("access_token")}}
	a, err := r.call(ctx, http.MethodPost, r.metadata.text("userinfo_endpoint"), token, nil)
	if err != nil {
		return err
	}
	if a.status >= 300 {
		r.warn("UserInfoEndpointWithAccessTokenInBodyNotSupported", a.isStatus(http.StatusOK))
		return nil
	}
	return r.readUserinfo(a)
}
