package config

import (
	"net/netip"
	"net/url"
)

// noProxies is the value of --trusted-proxies where nothing stands in front of a node.
const noProxies = "none"

// readProxies reads --trusted-proxies. A node does not speak TLS, so one with an https issuer has something in front of it. Without
// the networks of that, all people would come from one address, and share what one address may do; so it must be said.
func readProxies(list []string, issuer *url.URL) (networks []netip.Prefix, err error) {
	const key = "trusted-proxies"
	switch {
	case len(list) == 0 && issuer.Scheme == "https":
		return nil, problem(key, "", "is missing: name the networks of the proxies in front, like 10.0.0.0/8, so that people are told apart "+
			"by their own addresses; %s if clients connect directly", noProxies)
	case len(list) == 1 && list[0] == noProxies:
		return nil, nil
	}
	for _, text := range list {
		network, err := readNetwork(text)
		switch {
		case err != nil:
			return nil, problem(key, text, "must be networks like 10.0.0.0/8 or 2001:db8::/32, single addresses, or %s alone", noProxies)
		case network.Bits() == 0:
			return nil, problem(key, text, "would let every client choose its address: name the networks of the proxies only")
		}
		networks = append(networks, network)
	}
	return networks, nil
}

// readNetwork takes a single address too, and an IPv4 network that is written as one of IPv6.
func readNetwork(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	if addr := network.Addr(); addr.Is4In6() && network.Bits() >= 96 {
		network = netip.PrefixFrom(addr.Unmap(), network.Bits()-96)
	}
	return network.Masked(), nil
}
