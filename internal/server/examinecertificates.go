package server

import (
	"context"
	"net/http"
	"net/url"

	"github.com/apscloud/apsid/pkg/mtls"
)

// What an operator should know of the origin for clients with certificates.
var (
	believesAll = fault{Fail, "a client that sends a Client-Cert header to %s is believed: it can be any client", "let the proxy remove the header, or put its own in the place of it, at every origin"}
	unreadCerts = fault{Fail, "a request to %s arrives with the Host %q: a proxy rewrites it, and no certificate is read", "let the proxy pass Host on there"}
)

// examineCertificates plays a client that makes a certificate up: at the origin for certificates, and at the issuer under the name of that
// origin, where a proxy may not look for the header. Where nothing answers to the latter there is nothing to say.
func examineCertificates(ctx context.Context, x *examined) (all []Finding) {
	origin := x.node.Certificates().Origin
	sealer, err := x.sealer()
	if origin == nil || err != nil { // that there are no seal keys is said elsewhere
		return nil
	}
	seen, _, err := askWitness(ctx, origin, sealer, x.asked.Roots, forging(origin))
	switch {
	case err != nil:
		all = append(all, unmet(err))
	case seen.Forged:
		all = append(all, believesAll.found(origin))
	case seen.Host != origin.Host:
		all = append(all, unreadCerts.found(origin, seen.Host))
	}
	seen, _, err = askWitness(ctx, x.node.Issuer(), sealer, x.asked.Roots, forging(origin))
	if err == nil && seen.Forged && x.node.Issuer().Host != origin.Host {
		all = append(all, believesAll.found(x.node.Issuer()))
	}
	return all
}

// forging makes a request one of a client that made a certificate up, under the name of the origin.
func forging(origin *url.URL) func(*http.Request) {
	return func(r *http.Request) {
		r.Host = origin.Host
		r.Header.Set(mtls.Header, forgedCertificate)
	}
}
