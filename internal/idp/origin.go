package idp

import (
	"net/url"
	"strconv"
	"strings"
)

// Origins are the origins that a browser app calls from, as browsers write them: those it is registered with, or else those of its
// redirect URIs. No other kind of client has any: their servers and devices are not bound by origins.
func (r Registration) Origins() []string {
	if r.Kind != ClientBrowser {
		return nil
	}
	if len(r.AllowedOrigins) > 0 {
		return r.AllowedOrigins
	}
	origins := make([]string, 0, len(r.RedirectURIs))
	for _, uri := range r.RedirectURIs {
		if origin := OriginOf(uri); origin != "" {
			origins = append(origins, origin)
		}
	}
	return origins
}

// OriginOf is the origin of an https or http URL as a browser writes it in the Origin header: small letters, and no port if it is the
// one that the scheme has anyway (HTML standard, section 7.1.1). It is "" for anything else.
func OriginOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if u.Port() == "" {
		return u.Scheme + "://" + host
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	switch {
	case err != nil:
		return ""
	case u.Scheme == "https" && port == 443, u.Scheme == "http" && port == 80:
		return u.Scheme + "://" + host
	default:
		return u.Scheme + "://" + host + ":" + strconv.FormatUint(port, 10)
	}
}
