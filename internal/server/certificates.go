package server

import (
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/pkg/mtls"
)

// certificatesOf says how clients show certificates here: a node does not speak TLS, so the proxies in front pass them.
func certificatesOf(c config.Node) oidcop.Certificates {
	taken := c.Certificates()
	return oidcop.Certificates{Origin: taken.Origin, Authorities: taken.Authorities, Of: mtls.Behind(c.TrustedProxies()...)}
}
