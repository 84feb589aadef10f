package server

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"github.com/apscloud/apsid/internal/idp"
)

var (
	taken        = fault{Fail, "something else than this node listens at %s already", "stop it, or choose another address in --listen (APSID_LISTEN)"}
	takenHere    = fault{Note, "something listens at %s already, and without seal keys it cannot be told whether it is this node", "mend the seal keys first"}
	unbound      = fault{Fail, "this machine cannot listen there: %s", "choose an address of this machine in --listen (APSID_LISTEN), with a port that the account of the node may use"}
	loopbackOnly = fault{Note, "%s is reached from this machine only, and no proxy in --trusted-proxies is on it", "listen at an address that the proxies reach: --listen (APSID_LISTEN)"}

	metricsTaken   = fault{Fail, "something else than this node listens at %s already", "stop it, or choose another address in --metrics-listen (APSID_METRICS_LISTEN)"}
	metricsUnbound = fault{Fail, "this machine cannot listen there: %s", "choose an address of this machine in --metrics-listen (APSID_METRICS_LISTEN)"}
	metricsShared  = fault{Fail, "it is the address of --listen too", "choose another port in --metrics-listen (APSID_METRICS_LISTEN)"}
	metricsPublic  = fault{Fail, "%s is a public address of this machine: everybody can read the metrics there", "listen at a private address only: --metrics-listen (APSID_METRICS_LISTEN)"}
	metricsWide    = fault{Note, "%s takes connections from every network of this machine", "name one private address in --metrics-listen (APSID_METRICS_LISTEN), or see that a firewall stands before it"}
)

func examineListen(ctx context.Context, x *examined) []Finding {
	address := x.node.Listen()
	busy, err := isTaken(ctx, address)
	switch {
	case err != nil:
		return []Finding{unbound.found(idp.OneLine(err))}
	case busy && theSealKeys(x) != "":
		return []Finding{takenHere.found(address)}
	case busy && !x.runsAt(ctx, address):
		return []Finding{taken.found(address)}
	}
	host, _, _ := net.SplitHostPort(address)
	proxies := x.node.TrustedProxies()
	here := slices.ContainsFunc(proxies, func(n netip.Prefix) bool { return n.Addr().IsLoopback() })
	if idp.IsLoopback(host) && len(proxies) > 0 && !here {
		return []Finding{loopbackOnly.found(address)}
	}
	return nil
}

// isTaken reports whether something listens at the address. It listens there itself for a moment.
func isTaken(ctx context.Context, address string) (bool, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, listener.Close()
}

// runsAt reports whether a node with these seal keys answers at an address of this machine.
func (x *examined) runsAt(ctx context.Context, address string) bool {
	sealer, err := x.sealer()
	if err != nil {
		return false
	}
	_, _, err = askWitness(ctx, &url.URL{Scheme: "http", Host: dialled(address)}, sealer, nil, nil)
	return err == nil
}

// dialled is where an address to listen at is reached from this machine.
func dialled(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

func examineMetrics(ctx context.Context, x *examined) (all []Finding) {
	address := x.node.MetricsListen()
	if address == "" {
		return nil
	}
	if _, port, _ := net.SplitHostPort(address); address == x.node.Listen() && port != "0" {
		return []Finding{metricsShared.found()}
	}
	busy, err := isTaken(ctx, address)
	switch {
	case err != nil:
		return []Finding{metricsUnbound.found(idp.OneLine(err))}
	case busy && !countsAt(ctx, address):
		all = append(all, metricsTaken.found(address))
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		addresses = nil
	}
	return append(all, judgeMetrics(address, addresses)...)
}

// judgeMetrics says who may read the metrics, on a machine with these addresses.
func judgeMetrics(listen string, addresses []net.Addr) []Finding {
	host, _, _ := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	switch {
	case ip != nil && isPublic(ip):
		return []Finding{metricsPublic.found(listen)}
	case host != "" && (ip == nil || !ip.IsUnspecified()):
		return nil
	}
	for _, each := range addresses {
		if network, ok := each.(*net.IPNet); ok && isPublic(network.IP) {
			return []Finding{metricsPublic.found(network.IP)}
		}
	}
	return []Finding{metricsWide.found(listen)}
}

func isPublic(ip net.IP) bool { return ip.IsGlobalUnicast() && !ip.IsPrivate() }

// countsAt reports whether the metrics of a node are there.
func countsAt(ctx context.Context, address string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+dialled(address)+"/metrics", nil)
	if err != nil {
		return false
	}
	response, err := directClient(nil).Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "apsid_") {
			return true
		}
	}
	return false
}
