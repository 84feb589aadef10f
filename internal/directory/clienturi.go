package directory

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	maxURIs = 20
	maxURI  = 2000
)

// checkURIs names the one at fault: "redirect_uris/0".
func (s *Clients) checkURIs(field string, kind idp.ClientKind, uris []string) error {
	if len(uris) > maxURIs {
		return idp.Invalid(field, "must not be more than %d", maxURIs)
	}
	var wrong []error
	for i, text := range uris {
		wrong = append(wrong, s.checkURI(field+"/"+strconv.Itoa(i), kind, text))
	}
	return idp.AllInvalid(wrong...)
}

func (s *Clients) checkURI(field string, kind idp.ClientKind, text string) error {
	if problem := s.uriProblem(kind, text); problem != "" {
		return idp.Invalid(field, "%q: %s", text, problem)
	}
	return nil
}

// checkOrigins names the one at fault likewise. An origin is compared with what a browser sends, character by character, so it is
// registered in the one form in which browsers write it.
func (s *Clients) checkOrigins(origins []string) error {
	const field = "allowed_origins"
	if len(origins) > maxURIs {
		return idp.Invalid(field, "must not be more than %d", maxURIs)
	}
	var wrong []error
	for i, text := range origins {
		each, origin := field+"/"+strconv.Itoa(i), idp.OriginOf(text)
		form := broken(origin != text || origin == "", each, "%q: must be scheme://host or scheme://host:port as browsers write it, without a path", text)
		wrong = append(wrong, form, s.checkURI(each, idp.ClientBrowser, text))
	}
	return idp.AllInvalid(wrong...)
}

// uriProblem says why people's browsers must not be sent there; "" if they may.
func (s *Clients) uriProblem(kind idp.ClientKind, text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || !u.IsAbs() || u.Opaque != "" || len(text) > maxURI:
		return "must be an absolute URL"
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`\<>"{}|^*`+"`", r) }):
		return "must be written with printable ASCII only, without wildcards"
	case strings.Contains(text, "#"):
		return "must not have a fragment"
	case u.User != nil:
		return "must not hold a user name"
	case strings.Contains(u.EscapedPath(), "/../") || strings.HasSuffix(u.EscapedPath(), "/..") || strings.Contains(strings.ToLower(u.EscapedPath()), "%2e"):
		return "must not have dot segments"
	default:
		return s.schemeProblem(kind, u)
	}
}

func (s *Clients) schemeProblem(kind idp.ClientKind, u *url.URL) string {
	switch u.Scheme {
	case "https":
		if u.Hostname() != "" {
			return ""
		}
		return "must name a host"
	case "http":
		if idp.IsLoopback(u.Hostname()) && (kind == idp.ClientNative || s.config.PlainLoopback) {
			return ""
		}
		return "must be https"
	default:
		// A private-use scheme is a domain name of the app's owner, backwards (RFC 8252, section 7.1). Libraries register it with a host,
		// like com.example.app://callback, or without.
		if kind == idp.ClientNative && strings.Contains(u.Scheme, ".") {
			return ""
		}
		return "must be https"
	}
}
