package redisstore

import (
	"net"
	"slices"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// Exposed lists the servers in an address as Open takes it whose connections the network can reach into, as host:port: plain are
// those that are spoken to without TLS, unchecked those that are encrypted, but whose certificate is not checked. Servers that only
// Sentinel or a cluster knows are spoken to in the same way and are not listed, and neither is what runs on this machine. An address
// that cannot be read is idp.ErrInvalid.
func Exposed(address string) (plain, unchecked []string, err error) {
	if address == Embedded {
		return nil, nil, nil
	}
	o, err := read(address)
	if err != nil {
		return nil, nil, err
	}
	away := slices.DeleteFunc(slices.Clone(o.seeds), isHere)
	slices.Sort(away)
	away = slices.Compact(away)
	switch {
	case o.tls == nil:
		return away, nil, nil
	case o.tls.InsecureSkipVerify:
		return nil, away, nil
	default:
		return nil, nil, nil
	}
}

func isHere(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && idp.IsLoopback(strings.ToLower(host))
}
