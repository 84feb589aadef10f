package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/apscloud/apsid/internal/idp"
)

// Passkeys says to which domain browsers bind passkeys, and on which pages they may be used.
type Passkeys struct {
	RPID    string   `name:"rp-id" placeholder:"DOMAIN" help:"Domain that passkeys are bound to: that of the issuer, which is the default, or one above it. With another one, every passkey that there is stops working."`
	Origins []string `placeholder:"ORIGIN" help:"Further origins whose pages may use the same passkeys, like https://id.example.net, while an installation moves or has several names. Browsers ask for them at /.well-known/webauthn."`
}

// mostNames is how many names of sites browsers are sure to look at: the part of a domain before the public suffix counts (WebAuthn level
// 3, section 5.11.1).
const mostNames = 5

// complete fills in the domain and the origin of the issuer, which comes first. Without a domain there are no passkeys: browsers bind none
// to an IP address.
func (p Passkeys) complete(issuer *url.URL) (Passkeys, error) {
	host := issuer.Hostname()
	_, err := netip.ParseAddr(host)
	if address := err == nil; address {
		if p.RPID != "" || len(p.Origins) > 0 {
			return Passkeys{}, problem("passkeys-rp-id", p.RPID, "can't be set with an issuer that is an IP address: browsers bind passkeys to domains")
		}
		return Passkeys{}, nil
	}
	if p.RPID == "" {
		p.RPID = host
	}
	if err := checkRPID(p.RPID, host); err != nil {
		return Passkeys{}, err
	}
	own := idp.OriginOf(issuer.String())
	names := map[string]bool{siteName(host): true}
	for i, origin := range p.Origins {
		if err := checkOrigin(origin, issuer); err != nil {
			return Passkeys{}, err
		}
		if origin == own || slices.Contains(p.Origins[:i], origin) {
			return Passkeys{}, problem("passkeys-origins", origin, "is there already: that of the issuer, and each other one, needs to be given once only")
		}
		u, err := url.Parse(origin)
		if err != nil {
			return Passkeys{}, problem("passkeys-origins", origin, "must be an origin like https://id.example.net")
		}
		names[siteName(u.Hostname())] = true
	}
	if len(names) > mostNames {
		return Passkeys{}, problem("passkeys-origins", "", "has origins of %d sites, with that of the issuer: browsers look at %d", len(names), mostNames)
	}
	p.Origins = append([]string{own}, p.Origins...)
	return p, nil
}

// checkRPID holds what browsers hold: the domain itself, or one above it that can be registered (WebAuthn level 3, section 5.1.3).
func checkRPID(id, host string) error {
	const key = "passkeys-rp-id"
	if id != host && !strings.HasSuffix(host, "."+id) {
		return problem(key, id, "must be the domain of the issuer, %s, or one above it", host)
	}
	if id == host {
		return nil
	}
	if suffix, _ := publicsuffix.PublicSuffix(id); suffix == id {
		return problem(key, id, "is a domain below which anybody can have one: browsers bind no passkeys to it")
	}
	return nil
}

func checkOrigin(origin string, issuer *url.URL) error {
	const key = "passkeys-origins"
	u, err := url.Parse(origin)
	switch {
	case err != nil || idp.OriginOf(origin) != origin:
		return problem(key, origin, "must be an origin as browsers write it, like https://id.example.net: scheme and host in lower case, no path, no slash at the end")
	case !isPrivate(u) || u.Scheme != "https" && !idp.IsLoopback(issuer.Hostname()):
		return problem(key, origin, "must be https (http only on loopback, with an issuer there)")
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return problem(key, origin, "must have a domain: browsers use no passkeys at IP addresses")
	}
	return nil
}

// siteName is the part of a domain by which its owner is known: "example" of id.example.com.au.
func siteName(host string) string {
	registered, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	name, _, _ := strings.Cut(registered, ".")
	return name
}
