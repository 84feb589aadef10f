package directory

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// checkAPI holds that an API only answers requests: no person signs in to it, and it gets no tokens.
func (s *Clients) checkAPI(n NewClient) error {
	problem, own := s.identifierProblem(n.Identifier), s.ownScope(n.Scopes)
	field := clientFields().unexpected(ofAPIs, idp.Client{Registration: n.Registration})
	return idp.AllInvalid(
		broken(problem != "", "identifier", "%q: %s", n.Identifier, problem),
		broken(len(n.Scopes) == 0, "scopes", "an API needs one: what the apps that list it may ask for"),
		broken(own != "", "scopes", "%q is a scope of APS ID itself", own),
		broken(n.PartOf != "" && !clientIDPattern.MatchString(string(n.PartOf)), "part_of", "must be the identifier of an app"),
		broken(n.Profile != idp.ProfileDefault, "profile", "an API has no sessions: people never sign in to it"),
		broken(n.Access != idp.AccessPractice, "access", "an API has none: people never sign in to it"),
		broken(field != "", field, "an API has none: it gets no tokens, and people never sign in to it"),
	)
}

// ownScope returns the first of these that belongs to the provider: those of people, which userinfo answers for, and those of the
// management API, which an app that lists an API's scopes must not get beside them.
func (s *Clients) ownScope(scopes []string) string {
	for _, scope := range scopes {
		switch {
		case scope == "openid", scope == "profile", scope == "email", scope == "offline_access", scope == "mfa_factors", slices.Contains(s.config.OwnScopes, scope):
			return scope
		}
	}
	return ""
}

// identifierProblem says why no token may have this audience; "" if one may. An identifier is an absolute URI without a fragment (RFC
// 8707, section 2). Here it is a URL, so that the domain says whose the API is, and written in one way only, since audiences are
// compared letter by letter.
func (s *Clients) identifierProblem(text string) string {
	if problem := s.uriProblem(idp.ClientAPI, text); problem != "" {
		return problem
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return "must be an absolute URL"
	case strings.Contains(text, "?"):
		return "must not have a query"
	case !strings.HasPrefix(text, u.Scheme+"://"+strings.ToLower(u.Host)):
		return "must be written in small letters up to its path"
	case u.Port() == "443" && u.Scheme == "https", u.Port() == "80" && u.Scheme == "http", strings.HasSuffix(u.Host, ":"):
		return "must not name the usual port"
	case s.config.Origin != "" && u.Scheme+"://"+u.Host == s.config.Origin:
		return "must not be an address of APS ID"
	default:
		return ""
	}
}

// checkUnique holds that no two APIs can be confused: each has an identifier of its own, and scopes of its own, because an app lists
// scopes and no APIs.
func (c *command) checkUnique(ctx context.Context, client idp.Client) error {
	if client.Kind != idp.ClientAPI {
		return nil
	}
	all, err := c.ListAPIs(ctx)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.ID == client.ID {
			continue
		}
		if other.Identifier == client.Identifier {
			return exists("identifier", "the API "+string(other.ID)+" has this identifier")
		}
		for _, scope := range client.Scopes {
			if slices.Contains(other.Scopes, scope) {
				return exists("scopes", "the API "+string(other.ID)+" has "+scope+": a scope belongs to one API")
			}
		}
	}
	return nil
}
