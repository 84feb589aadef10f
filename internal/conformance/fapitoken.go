package conformance

import (
	"context"

	"errors"

	"net/http"
	"net/url"
	"time"
)

const (
	badClientOrRequest = "CheckErrorFromTokenEndpointResponseErrorInvalidClientOrInvalidRequest"
	badGrant           = "CheckErrorFromTokenEndpointResponseErrorInvalidGrant"
	badProof           = "CheckTokenEndpointReturnedInvalidRequestGrantOrDPopProofError"
)

// assertionAtToken asks for tokens with an assertion that is refused.
func assertionAtToken(change changed) func(context.Context, *keyed) error {
	return func(ctx context.Context, k *keyed) error {
		form, _, err := k.grant(ctx)
		if err != nil {
			return err
		}
		a, err := k.token(ctx, form, k.holder, func(a *assertion) { change(k, a) })
		if err != nil {
			return err
		}
		k.isRefused(a, badClientOrRequest, "invalid_client", "invalid_request")
		return nil
	}
}

// rs256 signs the assertion by RS256, which FAPI 2.0, section 5.4.1, does not allow.
func rs256(ctx context.Context, k *keyed) error {
	if k.as.Key.Algorithm != "PS256" {
		return skipped{"the client's key is not of RSA"}
	}
	form, _, err := k.grant(ctx)
	if err != nil {
		return err
	}
	a, err := k.token(ctx, form, k.holder, func(a *assertion) { a.algorithm = "RS256" })
	if err != nil {
		return err
	}
	k.isRefused(a, "CheckErrorFromTokenEndpointResponseErrorInvalidClient", "invalid_client")
	return nil
}

// keyOfAnother asks as the second client, with an assertion that the key of the first one signed.
func keyOfAnother(ctx context.Context, k *keyed) error {
	form, _, err := k.grant(ctx)
	if err != nil {
		return err
	}
	other := k.config.KeyedSecond
	a, err := k.token(ctx, form, k.holder, func(a *assertion) {
		a.claims["iss"], a.claims["sub"], a.client = other.ID, other.ID, other.ID
	})
	if err != nil {
		return err
	}
	k.isRefused(a, "CheckErrorFromTokenEndpointResponseErrorInvalidClientOrInvalidGrant", "invalid_client", "invalid_grant")
	return nil
}

// unproved asks for tokens and shows no key.
func unproved(ctx context.Context, k *keyed) error {
	form, _, err := k.grant(ctx)
	if err != nil {
		return err
	}
	a, err := k.token(ctx, form, nobody{})
	if err != nil {
		return err
	}
	if a.status < 400 || a.status >= 500 {
		k.fail("EnsureHttpStatusCodeIs4xx", a.isStatus(http.StatusBadRequest))
	}
	k.isRefused(a, badProof, "invalid_request", "invalid_grant", "invalid_dpop_proof")
	return nil
}

// codeOfAnother brings a code as another client.
func codeOfAnother(ctx context.Context, k *keyed) error {
	form, _, err := k.grant(ctx)
	if err != nil {
		return err
	}
	if err := k.turnTo(k.config.KeyedSecond); err != nil {
		return err
	}
	a, err := k.token(ctx, form, k.holder)
	if err != nil {
		return err
	}
	k.isRefused(a, badGrant, "invalid_grant")
	return nil
}

// codeTwice brings a code a second time (FAPI 2.0, section 5.3.2.2, point 9).
func codeTwice(ctx context.Context, k *keyed) error {
	form, q, err := k.grant(ctx)
	if err != nil {
		return err
	}
	got, err := k.used(ctx, q, form)
	if err != nil {
		return err
	}
	if err := k.config.pause(ctx, time.Second); err != nil {
		return err
	}
	a, err := k.token(ctx, form, k.holder)
	if err != nil {
		return err
	}
	if a.status == http.StatusOK {
		k.fail("ServerAllowedReusingAuthorizationCode", errors.New("a code was redeemed a second time"))
	} else {
		k.isRefused(a, badGrant, "invalid_grant")
	}
	used, err := k.api(ctx, got.access(), k.holder)
	if err != nil {
		return err
	}
	if used.status < 400 {
		k.warn("EnsureHttpStatusCodeIs4xx", errors.New("the access token of a code that came twice still works"))
	}
	return nil
}

// codeTooOld brings a code for the first time after 60 seconds (section 5.3.2.1, point 11).
func codeTooOld(ctx context.Context, k *keyed) error {
	form, _, err := k.grant(ctx)
	if err != nil {
		return err
	}
	if err := k.config.pause(ctx, 62*time.Second); err != nil {
		return err
	}
	a, err := k.token(ctx, form, k.holder)
	if err != nil {
		return err
	}
	if a.status == http.StatusOK {
		k.fail("ServerAllowedExpiredAuthorizationCode", errors.New("a code was redeemed after 62 seconds"))
		return nil
	}
	k.isRefused(a, badGrant, "invalid_grant")
	return nil
}

// verifier brings a code with this code_verifier; "": with none.
func verifier(text string) func(context.Context, *keyed) error {
	return func(ctx context.Context, k *keyed) error {
		form, _, err := k.grant(ctx)
		if err != nil {
			return err
		}
		form.Set("code_verifier", text)
		if text == "" {
			form.Del("code_verifier")
		}
		a, err := k.token(ctx, form, k.holder)
		if err != nil {
			return err
		}
		k.isRefused(a, badGrant, "invalid_grant")
		return nil
	}
}

// refreshing is refresh-token: two clients refresh with new keys, without rotation (section 5.3.2.1, point 9), not without showing a key,
// and not by each other's token.
func refreshing(ctx context.Context, k *keyed) error {
	_, access, mine, err := k.renews(ctx)
	if err != nil {
		return err
	}
	if err := k.turnTo(k.config.KeyedSecond); err != nil {
		return err
	}
	token, access, _, err := k.renews(ctx)
	if err != nil {
		return err
	}
	if err := k.isOthers(ctx, access, mine); err != nil {
		return err
	}
	if err := k.turnTo(k.config.Keyed); err != nil {
		return err
	}
	a, err := k.token(ctx, refreshForm(token), k.holder)
	if err != nil {
		return err
	}
	k.isRefused(a, badGrant, "invalid_grant")
	return nil
}

func refreshForm(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
}

// renews holds that the client gets a refresh token and that it works, and returns it, with the newest access token and its key.
func (k *keyed) renews(ctx context.Context) (token, access string, by holder, err error) {
	q := k.ask()
	q.Set("scope", k.as.Scope+" offline_access")
	q.Set("prompt", "consent")
	code, err := k.enter(ctx, q)
	if err != nil {
		return "", "", nil, err
	}
	first, err := k.used(ctx, q, k.codeForm(code))
	if err != nil {
		return "", "", nil, err
	}
	listed := k.metadata.lists("grant_types_supported", "refresh_token")
	if token = first.tokens.text("refresh_token"); token == "" {
		if listed == nil {
			k.warn("FAPIEnsureServerConfigurationDoesNotSupportRefreshToken", errors.New("refresh_token is listed, and no token was issued"))
		}
		return "", "", nil, skipped{"no refresh token was issued"}
	}
	k.warn("EnsureServerConfigurationSupportsRefreshToken", listed)
	k.fail("EnsureRefreshTokenContainsAllowedCharactersOnly", hasCharacters(token))
	if err := k.config.pause(ctx, time.Second); err != nil { // so that iat differs
		return "", "", nil, err
	}
	if k.holder, err = k.newHolder(); err != nil { // a confidential client may change its key (RFC 9449, section 5)
		return "", "", nil, err
	}
	a, err := k.token(ctx, refreshForm(token), k.holder)
	if err != nil {
		return "", "", nil, err
	}
	k.fail("CheckTokenEndpointHttpStatus200", a.isStatus(http.StatusOK))
	k.fail("CheckTokenEndpointReturnedJsonContentType", a.isJSON())
	k.fail("CheckTokenEndpointCacheHeaders", a.isUncached())
	if err := k.checkTokens(a); err != nil {
		return "", "", nil, err
	}
	if newer := a.text("refresh_token"); newer != "" && newer != token {
		k.fail("ValidateRefreshTokenNotRotated", errors.New("the refresh token was rotated"))
		token = newer
	}
	if a.text("id_token") != "" {
		refreshed, err := k.readIDToken(a)
		if err != nil {
			return "", "", nil, err
		}
		k.fail("CompareIdTokenClaims", isRefreshed(first.id.claims, refreshed.claims))
	}
	access = a.text("access_token")
	served, err := k.api(ctx, access, k.holder)
	if err != nil {
		return "", "", nil, err
	}
	k.isServed(served)
	unproved, err := k.token(ctx, refreshForm(token), nobody{})
	if err != nil {
		return "", "", nil, err
	}
	k.isRefused(unproved, "CheckTokenEndpointReturnedInvalidClientGrantOrRequestError", "invalid_client", "invalid_grant", "invalid_request")
	return token, access, k.holder, nil
}
