package browser

import (
	"net/http"
	"net/netip"
	"strings"
	"unicode"
)

// maxUserAgent is how much of the header is kept, in bytes.
const maxUserAgent = 400

// Addresses tells where a request comes from.
type Addresses struct{ trusted []netip.Prefix }

// NewAddresses believes X-Forwarded-For only from these proxies; from none, if there are none.
func NewAddresses(trusted []netip.Prefix) Addresses { return Addresses{trusted: trusted} }

// Of returns the network address of the client, without port: the last hop that is not one of our proxies. What stands before
// that hop in X-Forwarded-For is the client's own claim and is ignored.
func (a Addresses) Of(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	hop := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && a.isProxy(hop); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		hop = next.Unmap()
	}
	return hop.WithZone("").String()
}

func (a Addresses) isProxy(addr netip.Addr) bool {
	for _, p := range a.trusted {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// UserAgent returns the header without anything that could break a line or a terminal, at most 400 bytes.
func UserAgent(r *http.Request) string {
	text := strings.ToValidUTF8(r.UserAgent(), "")
	text = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, text)
	if len(text) > maxUserAgent {
		text = strings.ToValidUTF8(text[:maxUserAgent], "")
	}
	return text
}
