package outbound

import (
	"net/netip"
	"testing"
)

// ABUSE 13
func TestAddressesThatAreNotPublic(t *testing.T) {
	g := NewGuard(false)
	for _, text := range []string{
		"127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
		"100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
		"::1", "::", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "100::1", "2001:db8::1", "2001::1", "2002:7f00:1::", "2002:a00:1::",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1",
	} {
		if err := g.Check(netip.MustParseAddr(text)); err == nil {
			t.Errorf("%s may be called", text)
		}
	}
	for _, text := range []string{"1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "52.95.110.1", "2606:4700::1111", "2400:cb00::1", "::ffff:8.8.8.8"} {
		if err := g.Check(netip.MustParseAddr(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	open := NewGuard(true)
	for text, allowed := range map[string]bool{"127.0.0.1": true, "::1": true, "::ffff:127.0.0.1": true, "10.0.0.1": false, "169.254.169.254": false, "fe80::1": false, "0.0.0.0": false} {
		if err := open.Check(netip.MustParseAddr(text)); (err == nil) != allowed {
			t.Errorf("opened for loopback, %s: %v", text, err)
		}
	}
}
