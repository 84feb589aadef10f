package browser

import (
	"net/http"
	"net/netip"
	"regexp"
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
// that hop in X-Forwarded-For is the client's own claim and is ignored. Where one of our proxies has written no address, that proxy
// is the last hop that is known. Forwarded (RFC 7239), X-Real-IP and the like are not read: a client could bring one past a proxy
// that writes another.
func (a Addresses) Of(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	hop := plain(peer.Addr())
	if !a.isProxy(hop) {
		return hop.String()
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && a.isProxy(hop); i-- {
		next, found := node(hops[i])
		if !found {
			break
		}
		hop = next
	}
	return hop.String()
}

// nodePort is a port as RFC 7239, section 6, has it: a number, or a word that hides it.
var nodePort = regexp.MustCompile(`^:([0-9]{1,5}|_[A-Za-z0-9._-]+)$`)

// node reads one element of the header: an address, which some proxies write with its port, in brackets or in quotes (RFC 7239,
// section 6). "unknown", a word that hides the address, nothing, and anything else are none.
func node(text string) (addr netip.Addr, found bool) {
	text = strings.TrimSpace(text)
	if len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' {
		text = text[1 : len(text)-1]
	}
	host, port := text, ""
	bracketed := strings.HasPrefix(text, "[")
	if end := strings.IndexByte(text, ']'); bracketed && end > 0 {
		host, port = text[1:end], text[end+1:]
	} else if colon := strings.IndexByte(text, ':'); colon > 0 && colon == strings.LastIndexByte(text, ':') {
		host, port = text[:colon], text[colon:]
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || bracketed && !addr.Is6() || port != "" && !nodePort.MatchString(port) {
		return netip.Addr{}, false
	}
	return plain(addr), true
}

// plain is the address in the one form that networks are compared with.
func plain(addr netip.Addr) netip.Addr { return addr.WithZone("").Unmap() }

// fromProxy reports whether one of our proxies has sent the request.
func (a Addresses) fromProxy(r *http.Request) bool {
	if len(a.trusted) == 0 {
		return false
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && a.isProxy(plain(peer.Addr()))
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
