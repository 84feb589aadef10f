package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/seal"
)

// What an operator should know of the way to a node.
const (
	noteUnasked = "could not be asked, so nothing is known of the proxies in front: %v"
	noteHost    = "a request to %s arrives with the Host %q: a proxy rewrites it. Let the proxy pass it on, because after a sign-in that " +
		"interrupts a form people come back to the first page instead of theirs"
	noteStranger = "a request arrives from %s, which --trusted-proxies does not hold: all people share one address, in the limits and in the " +
		"audit trail. Add the network of the proxy"
	noteNoClient = "a request arrives from the proxy %s without X-Forwarded-For: all people share one address, in the limits and in the audit " +
		"trail. Let the proxy add it"
)

// examinePublicWay never fails: doctor is run before the first node too, and on machines that do not reach the public address.
func examinePublicWay(ctx context.Context, c config.Node, sealer *seal.Sealer) Check {
	check := Check{Name: "public address"}
	if sealer == nil {
		check.Note = fmt.Sprintf(noteUnasked, errSkipped)
		return check
	}
	seen, err := askWitness(ctx, c, sealer)
	if err != nil {
		check.Note = fmt.Sprintf(noteUnasked, err)
		return check
	}
	check.Name += ", asked from " + seen.Client
	check.Note = judge(seen, c)
	return check
}

func askWitness(ctx context.Context, c config.Node, sealer *seal.Sealer) (seen arrival, err error) {
	ctx, cancel := context.WithTimeout(ctx, examineWithin)
	defer cancel()
	question := rand.Text()
	asked, err := wrapped(sealer, []byte(question), questionPlace)
	if err != nil {
		return seen, err
	}
	address := c.Issuer().JoinPath(witnessPath)
	address.RawQuery = "asked=" + rand.Text() // so that no cache on the way answers
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return seen, err
	}
	request.Header.Set(witnessHeader, asked)
	client := http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DisableKeepAlives: true}, // and no proxy on the way out, which would write headers of its own
	}
	response, err := client.Do(request)
	if err != nil {
		return seen, err
	}
	if err := response.Body.Close(); err != nil {
		return seen, err
	}
	plain, err := unwrap(sealer, response.Header.Get(witnessHeader), answerPlace+question)
	if err != nil {
		return seen, fmt.Errorf("%w (%s)", errNoWitness, response.Status)
	}
	return seen, json.Unmarshal(plain, &seen)
}

// judge returns what is wrong with how a request arrived; "" if nothing is. A node does not speak TLS: with an https issuer, a proxy
// connects to it. One that is told of no proxies may stand behind one that keeps the client's address.
func judge(seen arrival, c config.Node) string {
	var notes []string
	peer, err := netip.ParseAddrPort(seen.Peer)
	from, proxies := peer.Addr().Unmap().WithZone(""), c.TrustedProxies()
	trusted := err == nil && slices.ContainsFunc(proxies, func(n netip.Prefix) bool { return n.Contains(from) })
	switch behind := c.Issuer().Scheme == "https" && len(proxies) > 0; {
	case !trusted && (seen.Forwarded || behind):
		notes = append(notes, fmt.Sprintf(noteStranger, from))
	case trusted && !seen.Forwarded:
		notes = append(notes, fmt.Sprintf(noteNoClient, from))
	}
	if host := c.Issuer().Host; seen.Host != host {
		notes = append(notes, fmt.Sprintf(noteHost, host, seen.Host))
	}
	return strings.Join(notes, "; ")
}
