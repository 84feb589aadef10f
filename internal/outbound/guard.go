package outbound

import (
	"fmt"
	"net/netip"
	"net/url"

	"github.com/apscloud/apsid/internal/idp"
)

// closed are the networks in which no app of ours runs, beside those that netip has a name for (IANA special-purpose address
// registries): the provider's own network, those that carry an IPv4 address inside an IPv6 one, and reserved ones.
func closed() []netip.Prefix {
	var list []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	} {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// global is all of IPv6 that is routed in public; loopback, private, link-local, site-local, mapped and translated addresses
// stand outside of it (RFC 4291, section 2.4).
func global() netip.Prefix { return netip.MustParsePrefix("2000::/3") }

// Guard decides which addresses may be called. The zero value is none: see NewGuard.
type Guard struct {
	closed   []netip.Prefix
	global   netip.Prefix
	loopback bool // may be called too
}

// NewGuard returns a guard that lets public addresses through; and those of this machine, by http too, if loopback is set: for the demo and
// for tests.
func NewGuard(loopback bool) Guard {
	return Guard{closed: closed(), global: global(), loopback: loopback}
}

// Check refuses an address of a connection about to be made. An IPv4 address that is written as an IPv6 one is treated
// as the IPv4 address.
func (g Guard) Check(addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	if addr.IsLoopback() && g.loopback {
		return nil
	}
	private := addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast() || addr.IsMulticast() || addr.IsUnspecified()
	if private || (addr.Is6() && !g.global.Contains(addr)) {
		return fmt.Errorf("address %s is not public", addr)
	}
	for _, network := range g.closed {
		if network.Contains(addr) {
			return fmt.Errorf("address %s is not public", addr)
		}
	}
	return nil
}

// Target reads the registered URI of a field: https, or http to a loopback address where that is open. The rest is checked when the
// connection is made. An error is of code idp.CodeInvalid: no later try will go better.
func (g Guard) Target(field, text string) (*url.URL, error) {
	uri, err := url.Parse(text)
	if err != nil {
		return nil, &idp.Error{Code: idp.CodeInvalid, Field: field, Public: "can't be read"}
	}
	plain := uri.Scheme == "http" && g.loopback && idp.IsLoopback(uri.Hostname())
	if (uri.Scheme != "https" && !plain) || uri.Host == "" || uri.User != nil || uri.Fragment != "" {
		return nil, idp.Invalid(field, "must be an https address without user name and fragment")
	}
	return uri, nil
}
