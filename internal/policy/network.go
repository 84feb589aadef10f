package policy

import "net/netip"

// Network is what limits on an address count: an IPv4 address, or the 64 bits of IPv6 that one customer of an internet provider
// has. Text that is no address stays as it is.
func Network(address string) string { return masked(address, 32, 64) }

// Site is a wider circle around an address: 256 addresses of IPv4, or the 48 bits of IPv6 that one organisation has. An attacker
// who rents a handful of machines has them side by side. Text that is no address stays as it is.
func Site(address string) string { return masked(address, 24, 48) }

func masked(address string, bits4, bits6 int) string {
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	parsed = parsed.Unmap().WithZone("")
	bits := bits6
	if parsed.Is4() {
		bits = bits4
	}
	if bits == parsed.BitLen() {
		return parsed.String()
	}
	return netip.PrefixFrom(parsed, bits).Masked().String()
}
