package oidcop

import (
	"slices"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// mayRedirect reports whether the redirect URI is registered, compared character by character (RFC 9700, section 2.1). The
// one exception is the port of a native client's loopback URI, which the device chooses at run time (RFC 8252, section 7.3).
func mayRedirect(client idp.Client, uri string) bool {
	if len(uri) > maxValue {
		return false
	}
	if slices.Contains(client.RedirectURIs, uri) {
		return true
	}
	if client.Kind != idp.ClientNative {
		return false
	}
	asked, ok := withoutPort(uri)
	return ok && slices.ContainsFunc(client.RedirectURIs, func(registered string) bool {
		known, ok := withoutPort(registered)
		return ok && known == asked
	})
}

// withoutPort returns an http URI on this machine without its port. The host stays as it is written: localhost is not
// 127.0.0.1. It is false for any other URI.
func withoutPort(uri string) (string, bool) {
	rest, found := strings.CutPrefix(uri, "http://")
	if !found {
		return "", false
	}
	authority, path, found := strings.Cut(rest, "/")
	if !found {
		return "", false
	}
	host := authority
	if colon := strings.LastIndexByte(authority, ':'); colon > strings.LastIndexByte(authority, ']') {
		if !isPort(authority[colon+1:]) {
			return "", false
		}
		host = authority[:colon]
	}
	if !idp.IsLoopback(strings.Trim(host, "[]")) {
		return "", false
	}
	return "http://" + host + "/" + path, true
}

func isPort(text string) bool {
	if text == "" || len(text) > 5 {
		return false
	}
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
