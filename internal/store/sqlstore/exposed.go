package sqlstore

import (
	"crypto/tls"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/apscloud/apsid/internal/idp"
)

// Exposed lists the servers of the database at url whose connections the network can reach into, as host:port: plain are those that
// may be spoken to without TLS, unchecked those that are encrypted, but whose certificate is not checked. What the driver has read
// decides, defaults and the variables of its environment (PGSSLMODE) included. A server on this machine is never listed, and neither
// is a file. A url that cannot be read is idp.ErrInvalid.
func Exposed(url string) (plain, unchecked []string, err error) {
	engine, err := EngineOf(url)
	if err != nil || engine == SQLite {
		return nil, nil, err
	}
	config, _, err := postgresConfig(url, Limit)
	if err != nil {
		return nil, nil, err
	}
	ways := append([]*pgconn.FallbackConfig{{Host: config.Host, Port: config.Port, TLSConfig: config.TLSConfig}}, config.Fallbacks...)
	for _, way := range ways {
		network, address := pgconn.NetworkAddress(way.Host, way.Port)
		switch {
		case network == "unix" || idp.IsLoopback(strings.ToLower(way.Host)):
		case way.TLSConfig == nil:
			plain = append(plain, address)
		case !checks(way.TLSConfig):
			unchecked = append(unchecked, address)
		}
	}
	slices.Sort(plain)
	slices.Sort(unchecked)
	unchecked = slices.DeleteFunc(unchecked, func(address string) bool { return slices.Contains(plain, address) })
	return slices.Compact(plain), slices.Compact(unchecked), nil
}

// checks reports whether a certificate says who the server is. The driver checks for verify-ca by itself, without the name of the
// server: that says something only of an authority of one's own, because the public ones give everyone a certificate.
func checks(c *tls.Config) bool {
	return !c.InsecureSkipVerify || c.VerifyPeerCertificate != nil && c.RootCAs != nil
}
