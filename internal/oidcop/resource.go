package oidcop

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// What a token is for is said with resource (RFC 8707): the identifier of a registered API, or the issuer, which stands for userinfo
// and the activity endpoint, and is among those granted to every app. A token is for one of them. An API that does not exist, one that
// is disabled and one whose scopes the client is not registered for have one answer.

// maxResources is how many APIs an authorization request may name.
const maxResources = 5

// maxResource is the length of one, in bytes: that of a registered identifier.
const maxResource = 2000

// target is what an access token is for, and what it allows there.
type target struct{ audience, scopes []string }

// checkResources reads the APIs that an app will ask tokens for.
func (s *Server) checkResources(ctx context.Context, values url.Values, a *authorization) error {
	asked := values["resource"]
	if len(asked) > maxResources {
		return invalidTarget("The resource came more than %d times.", maxResources)
	}
	for _, resource := range asked {
		if slices.Contains(a.resources, resource) {
			continue
		}
		if resource != s.issuer {
			if _, err := s.targetAt(ctx, a.client, resource, a.scopes); err != nil {
				return err
			}
		}
		a.resources = append(a.resources, resource)
	}
	return nil
}

// chooseCodeTarget: what the first access token of a session is for.
func (s *Server) chooseCodeTarget(ctx context.Context, r *tokenRequest) (err error) {
	r.target, err = s.personTarget(ctx, r, r.grant.Resources, r.grant.Scopes)
	return err
}

// chooseRefreshTarget: what the next one is for. A refresh may name another of the APIs that were granted, and fewer scopes.
func (s *Server) chooseRefreshTarget(ctx context.Context, r *tokenRequest) (err error) {
	scopes := r.old.Scopes
	if len(r.scope) > 0 {
		scopes = r.scope
	}
	r.target, err = s.personTarget(ctx, r, r.old.Resources, scopes)
	return err
}

// personTarget is what a token of a person is for: what the token request names, which must be among what the authorization request
// named (RFC 8707, section 2.2); without a name the first of that; and if it named nothing, the app itself and the provider.
func (s *Server) personTarget(ctx context.Context, r *tokenRequest, granted, scopes []string) (target, error) {
	resource, err := oneResource(r.form)
	if err != nil {
		return target{}, err
	}
	if resource == "" && len(granted) > 0 {
		resource = granted[0]
	}
	switch {
	case resource == "" || resource == s.issuer:
		return target{audience: []string{string(r.client.ID), s.issuer}, scopes: scopes}, nil
	case resourceProblem(resource) == "" && !slices.Contains(granted, resource):
		return target{}, invalidTarget("The resource is not among those of the authorization request.")
	default:
		return s.targetAt(ctx, r.client, resource, scopes)
	}
}

// chooseMachineTarget: the APIs that an integration may ask for; without a name the configured one, the management API.
func (s *Server) chooseMachineTarget(ctx context.Context, r *tokenRequest) error {
	resource, err := oneResource(r.form)
	if err != nil {
		return err
	}
	audience := r.form.Get("audience")
	switch {
	case audience != "" && (audience != s.config.APIAudience || resource != "" && resource != audience):
		return invalidTarget("The audience is not for integrations: name an API in the parameter resource.")
	case resource == "" || resource == s.config.APIAudience:
		r.target = target{audience: []string{s.config.APIAudience}, scopes: r.scopes}
		return nil
	}
	r.target, err = s.targetAt(ctx, r.client, resource, r.scopes)
	return err
}

// targetAt is the API alone, with its own of these scopes. A token without a scope is not given: an API that looks at the audience only
// would take it for one that may do anything.
func (s *Server) targetAt(ctx context.Context, client idp.Client, resource string, scopes []string) (target, error) {
	if problem := resourceProblem(resource); problem != "" {
		return target{}, invalidTarget("The resource %s (RFC 8707, section 2).", problem)
	}
	api, err := s.findAPI(ctx, resource)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return target{}, fmt.Errorf("API of a request: %w", err)
	}
	if err != nil || !policy.MayAskFor(api, client) {
		return target{}, invalidTarget("The resource is no API that this client may ask for: an enabled one, of whose scopes the client is registered for one, and that is part of no other app.")
	}
	allowed := policy.ScopesAt(api, client, scopes)
	if len(allowed) == 0 {
		return target{}, oidc.ErrInvalidScope().WithDescription("The scope holds none of the API that resource names.")
	}
	return target{audience: []string{api.Identifier}, scopes: allowed}, nil
}

// findAPI never finds one in the provider's own place, should one ever be registered there: its tokens would open userinfo or the
// management API.
func (s *Server) findAPI(ctx context.Context, identifier string) (idp.Client, error) {
	if s.isOwnAudience(identifier) {
		return idp.Client{}, idp.ErrNotFound
	}
	return s.deps.Clients.FindAPI(ctx, identifier)
}

func (s *Server) isOwnAudience(audience string) bool {
	return audience == s.issuer || audience == s.config.APIAudience
}

// oneResource is what a token request names, "" if nothing: a token for several APIs could be carried from one to the other (RFC 9700,
// section 2.3).
func oneResource(form url.Values) (string, error) {
	switch all := form["resource"]; {
	case len(all) > 1:
		return "", invalidTarget("The resource came more than once: a token is for one API.")
	case len(all) == 1:
		return all[0], nil
	default:
		return "", nil
	}
}

// resourceProblem says how a resource breaks the rules of RFC 8707, section 2; "" if it doesn't.
func resourceProblem(resource string) string {
	u, err := url.Parse(resource)
	switch {
	case len(resource) > maxResource:
		return "is too long"
	case err != nil || !u.IsAbs():
		return "is not an absolute URI"
	case strings.Contains(resource, "#"):
		return "has a fragment"
	default:
		return ""
	}
}

func invalidTarget(format string, args ...any) error {
	return oidc.ErrInvalidTarget().WithDescription(format, args...)
}
