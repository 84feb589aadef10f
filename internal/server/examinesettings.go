package server

import (
	"context"
	"maps"
	"net/netip"
	"slices"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

const (
	muchMore = 10 // how many times the default a limit lets through before it is named

	// The least bits of a network of proxies: one that is larger holds clients too. Providers get IPv6 networks of 20 bits and more.
	leastBits, leastBits6 = 8, 16
)

var (
	mistaken    = fault{Fail, "%s", "\"apsid serve --help\" says what each setting takes"}
	allElse     = fault{Note, "nothing else was checked, because the configuration has mistakes", "correct them and ask again"}
	wrongLimit  = fault{Fail, "%s", "correct --limit (APSID_LIMIT): deploy/docs/limits.md lists the names and the defaults"}
	unknown     = fault{Fail, "%s", "correct the name: nothing reads the variable as it is"}
	looseLimit  = fault{Note, "%s is %s, more than ten times what it is by default (%s)", "see that --limit (APSID_LIMIT) means it: a limit that nothing reaches protects nobody"}
	debugging   = fault{Note, "the level is debug, which writes a line for everything and fills disks", "set --log-level (APSID_LOG_LEVEL) to info"}
	noContact   = fault{Note, "people who are stuck are told to ask for help, and not where", "set --support-phone or --support-email (APSID_SUPPORT_PHONE, APSID_SUPPORT_EMAIL)"}
	badList     = fault{Fail, "%s", "name a sorted list in --breached-passwords (APSID_BREACHED_PASSWORDS), or none"}
	plainIssuer = fault{Note, "the issuer is http on this machine: only browsers here reach it", "set --issuer (APSID_ISSUER) to the https address that people and apps use"}
	wideProxies = fault{Fail, "%s holds far more than proxies: clients in it choose their own address", "name only the networks of the proxies in --trusted-proxies (APSID_TRUSTED_PROXIES)"}
)

func examineConfiguration(given config.Server) []Finding {
	var all []Finding
	for _, err := range given.Mistakes() {
		all = append(all, mistaken.found(idp.OneLine(err)))
	}
	if len(all) > 0 {
		all = append(all, allElse.found())
	}
	return name("configuration", all)
}

func examineEnvironment(_ context.Context, x *examined) []Finding {
	if x.asked.Environment == nil {
		return nil
	}
	return []Finding{unknown.found(idp.OneLine(x.asked.Environment))}
}

func examineLimits(_ context.Context, x *examined) (all []Finding) {
	limits, err := limitsOf(x.node)
	if err != nil {
		return []Finding{wrongLimit.found(idp.OneLine(err))}
	}
	defaults := policy.DefaultLimits()
	for _, limit := range slices.Sorted(maps.Keys(limits)) {
		is, was := limits[limit], defaults[limit]
		if float64(is.Most)*was.Window.Seconds() > muchMore*float64(was.Most)*is.Window.Seconds() {
			all = append(all, looseLimit.found(limit, is, was))
		}
	}
	return all
}

func examineLogs(_ context.Context, x *examined) []Finding {
	if x.node.Log().Level == "debug" {
		return []Finding{debugging.found()}
	}
	return nil
}

func examineSupport(_ context.Context, x *examined) []Finding {
	if s := x.node.Support(); s.Phone == "" && s.Email == "" {
		return []Finding{noContact.found()}
	}
	return nil
}

func examineBreached(_ context.Context, x *examined) []Finding {
	path := x.node.BreachedPasswords()
	if path == "" {
		return nil
	}
	if err := (authenticator.Listed{Path: path}).Check(); err != nil {
		return []Finding{badList.found(idp.OneLine(err))}
	}
	return nil
}

func examineIssuer(_ context.Context, x *examined) []Finding {
	if x.node.Issuer().Scheme != "https" {
		return []Finding{plainIssuer.found()}
	}
	return nil
}

func examineProxies(_ context.Context, x *examined) (all []Finding) {
	for _, network := range x.node.TrustedProxies() {
		if isWide(network) {
			all = append(all, wideProxies.found(network))
		}
	}
	return all
}

// isWide reports whether a network is larger than any that holds only proxies.
func isWide(network netip.Prefix) bool {
	if addr := network.Addr(); addr.Is6() {
		return network.Bits() < leastBits6 && !addr.IsPrivate() && !addr.IsLinkLocalUnicast()
	}
	return network.Bits() < leastBits
}
