package server

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
)

const (
	renewBefore = 14 * 24 * time.Hour // how long before its end a certificate should have been renewed
	maxOpening  = 64 << 10            // bytes of a discovery document that are read
)

// What an operator should know of the way to a node.
var (
	arrives   = fault{Well, "asked from %s, as the node sees it: compare that with the address of this machine", ""}
	unasked   = fault{Note, "it could not be asked, so nothing is known of the proxies in front: %s", "ask again once a node runs, from a machine that reaches the address"}
	unproven  = fault{Note, "what answers is no node with these seal keys: %s", "ask again once a node runs; if one does, see where the proxies send requests to"}
	badTLS    = fault{Fail, "its certificate is not accepted: %s", "give the TLS proxy a certificate for this name, with its chain, of an authority that browsers know"}
	noTLS     = fault{Fail, "it speaks no TLS", "let the proxy speak TLS at the port of --issuer (APSID_ISSUER)"}
	endsSoon  = fault{Note, "its certificate ends on %s", "renew it, and see why that does not happen by itself"}
	otherNode = fault{Fail, "a provider with the issuer %s answers there", "set --issuer (APSID_ISSUER) alike on all nodes, and see where the proxies send requests to"}
	otherHost = fault{Note, "a request to %s arrives with the Host %q: a proxy rewrites it", "let the proxy pass Host on: after a sign-in that interrupts a form people come back to the first page instead of theirs"}
	stranger  = fault{Fail, "a request arrives from %s, which --trusted-proxies does not hold: all people share one address, in the limits and in the audit trail", "add the network of the proxy to --trusted-proxies (APSID_TRUSTED_PROXIES)"}
	hidesAll  = fault{Fail, "a request arrives from the proxy %s without X-Forwarded-For: all people share one address, in the limits and in the audit trail", "let the proxy add the client to X-Forwarded-For"}
)

// examinePublicWay does not fail where nothing answers: doctor is run before the first node too, and on machines that do not reach the
// public address.
func examinePublicWay(ctx context.Context, x *examined) (all []Finding) {
	sealer, err := x.sealer()
	if err != nil {
		sealer = nil
	}
	seen, met, err := askWitness(ctx, x.node.Issuer(), sealer, x.asked.Roots, nil)
	if !met.ends.IsZero() && met.ends.Before(x.asked.Clock().Add(renewBefore)) {
		all = append(all, endsSoon.found(met.ends.UTC().Format(time.DateOnly)))
	}
	if issuer := x.node.Issuer().String(); met.issuer != "" && met.issuer != issuer {
		return append(all, otherNode.found(met.issuer))
	}
	if err != nil {
		return append(all, unmet(err))
	}
	wrong := judge(seen, x.node)
	if len(wrong) == 0 && len(all) == 0 {
		return []Finding{arrives.found(seen.Client)}
	}
	return append(all, wrong...)
}

// unmet says why no node answered.
func unmet(err error) Finding {
	var certificate *tls.CertificateVerificationError
	var call *url.Error
	if errors.As(err, &call) {
		err = call.Err // without the address, which was made for this question
	}
	switch {
	case errors.Is(err, errNoWitness):
		return unproven.found(idp.OneLine(err))
	case errors.As(err, &certificate):
		return badTLS.found(idp.OneLine(certificate.Err))
	case errors.Is(err, http.ErrSchemeMismatch):
		return noTLS.found()
	default:
		return unasked.found(idp.OneLine(err))
	}
}

// meeting is what every caller sees of who answered.
type meeting struct {
	issuer string    // of the discovery document; "" if there is none
	ends   time.Time // when the certificate ends; zero without TLS
}

// askWitness asks for the discovery document at base, and for how the request arrived. Without a sealer that question is not asked.
// change makes it another request, if it is not nil.
func askWitness(ctx context.Context, base *url.URL, sealer *seal.Sealer, roots *x509.CertPool, change func(*http.Request)) (seen arrival, met meeting, err error) {
	question, asked := rand.Text(), ""
	if sealer != nil {
		if asked, err = wrapped(sealer, []byte(question), questionPlace); err != nil {
			return seen, met, err
		}
	}
	address := base.JoinPath(witnessPath)
	address.RawQuery = "asked=" + rand.Text() // so that no cache on the way answers
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return seen, met, err
	}
	request.Header.Set(witnessHeader, asked)
	if change != nil {
		change(request)
	}
	response, err := directClient(roots).Do(request)
	if err != nil {
		return seen, met, err
	}
	met, err = meet(response)
	if err != nil {
		return seen, met, err
	}
	if sealer == nil {
		return seen, met, fmt.Errorf("%w: there are none here (%s)", errNoWitness, response.Status)
	}
	plain, err := unwrap(sealer, response.Header.Get(witnessHeader), answerPlace+question)
	if err != nil {
		return seen, met, fmt.Errorf("%w (%s)", errNoWitness, response.Status)
	}
	return seen, met, json.Unmarshal(plain, &seen)
}

// directClient follows no redirect, and uses no proxy on the way out, which would write headers of its own.
func directClient(roots *x509.CertPool) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}},
	}
}

func meet(response *http.Response) (met meeting, err error) {
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.TLS != nil && len(response.TLS.PeerCertificates) > 0 {
		met.ends = response.TLS.PeerCertificates[0].NotAfter
	}
	var document struct {
		Issuer string `json:"issuer"`
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxOpening))
	if err != nil {
		return met, err
	}
	if json.Unmarshal(text, &document) == nil && response.StatusCode == http.StatusOK {
		met.issuer = document.Issuer
	}
	return met, nil
}

// judge returns what is wrong with how a request arrived. A node does not speak TLS: with an https issuer, a proxy connects to it. One
// that is told of no proxies may stand behind one that keeps the client's address.
func judge(seen arrival, c config.Node) (all []Finding) {
	peer, err := netip.ParseAddrPort(seen.Peer)
	from, proxies := peer.Addr().Unmap().WithZone(""), c.TrustedProxies()
	trusted := err == nil && slices.ContainsFunc(proxies, func(n netip.Prefix) bool { return n.Contains(from) })
	switch behind := c.Issuer().Scheme == "https" && len(proxies) > 0; {
	case !trusted && (seen.Forwarded || behind):
		all = append(all, stranger.found(from))
	case trusted && !seen.Forwarded:
		all = append(all, hidesAll.found(from))
	}
	if host := c.Issuer().Host; seen.Host != host {
		all = append(all, otherHost.found(host, seen.Host))
	}
	return all
}
