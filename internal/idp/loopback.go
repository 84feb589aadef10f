package idp

import "net/netip"

// IsLoopback reports whether host, without a port, names this machine: localhost, 127.0.0.0/8 or ::1. An address with a zone
// does not: no browser takes one. The packages below pkg ask for themselves, because apps embed them without the provider.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback() && addr.Zone() == ""
}
