package config

import (
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Node is the configuration of a node: completed and checked. Nothing but Server.Complete makes one.
type Node struct {
	given    Server
	issuer   *url.URL
	proxies  []netip.Prefix
	places   Places
	passkeys Passkeys
	shown    Certificates
}

// Complete fills in what follows from other values and checks all of them. Its errors are of type *Problem.
func (c Server) Complete() (Node, error) {
	node, mistakes := c.complete()
	if err := firstOf(mistakes...); err != nil {
		return Node{}, err
	}
	return node, nil
}

// Mistakes lists everything that Complete would refuse, one after another.
func (c Server) Mistakes() []error {
	_, mistakes := c.complete()
	return slices.DeleteFunc(mistakes, func(err error) bool { return err == nil })
}

// complete returns nil for each check that finds no mistake.
func (c Server) complete() (Node, []error) {
	issuer, proxies, httpErr := c.HTTP.complete()
	places, storesErr := c.Stores.Complete()
	mistakes := []error{httpErr, storesErr}
	var passkeys Passkeys
	var shown Certificates
	if issuer != nil {
		var err error
		shown, err = c.MTLS.complete(proxies)
		mistakes = append(mistakes, err)
		passkeys, err = c.Passkeys.complete(issuer)
		mistakes = append(mistakes, err)
		mistakes = append(mistakes, c.Texts.check(issuer), c.Mail.check(c.Texts.Sender == SenderInbox), c.Logout.check(issuer))
	}
	mistakes = append(mistakes, c.Brand.check(), c.Support.check(), c.Hashing.check(), c.Limits.check(c.Texts), c.Life.check(), c.Keys.Check())
	return Node{given: c, issuer: issuer, proxies: proxies, places: places, passkeys: passkeys, shown: shown}, mistakes
}

// Format implements fmt.Formatter: no verb shows the credentials in a configuration.
func (Node) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[configuration]") }

// Issuer is scheme and host: https, or http on loopback.
func (n Node) Issuer() *url.URL {
	issuer := *n.issuer
	return &issuer
}

// IssuerMovedFrom is the issuer that this one takes the place of on purpose; "" if none.
func (n Node) IssuerMovedFrom() string { return n.given.HTTP.IssuerMovedFrom }

// Life says how the node starts and stops.
func (n Node) Life() Life { return n.given.Life }

// Listen is the address to serve on, host:port.
func (n Node) Listen() string { return n.given.HTTP.Listen }

// MetricsListen is the address to serve /metrics on, host:port; "" for none.
func (n Node) MetricsListen() string { return n.given.HTTP.MetricsListen }

// TrustedProxies are the networks whose X-Forwarded-For is believed.
func (n Node) TrustedProxies() []netip.Prefix { return n.proxies }

// Places is where everything is stored.
func (n Node) Places() Places { return n.places }

// Texts is how text messages are sent and how many.
func (n Node) Texts() SMS { return n.given.Texts }

// Mail is how e-mail is sent.
func (n Node) Mail() Mail { return n.given.Mail }

// Logout is how apps are told that a session has ended.
func (n Node) Logout() Logout { return n.given.Logout }

// Brand is how the service is called and looks.
func (n Node) Brand() Brand {
	brand := n.given.Brand
	brand.Name = cmp.Or(strings.TrimSpace(brand.Name), "APS ID")
	return brand
}

// Support is whom to ask.
func (n Node) Support() Support { return n.given.Support }

// Log says what is logged and how.
func (n Node) Log() Log { return n.given.Log }

// Hashing bounds what password hashing may take; 0 in Parallel leaves the number to package authenticator.
func (n Node) Hashing() Hashing { return n.given.Hashing }

// BreachedPasswords is the file with the list of breached passwords; "" for none.
func (n Node) BreachedPasswords() string { return n.given.BreachedPasswords }

// Keys is how the keys that sign tokens are kept.
func (n Node) Keys() Keys { return n.given.Keys }

// Passkeys says what passkeys are bound to: the domain, "" for no passkeys, and the origins, that of the issuer first.
func (n Node) Passkeys() Passkeys {
	return Passkeys{RPID: n.passkeys.RPID, Origins: slices.Clone(n.passkeys.Origins)}
}

// Certificates is what the node takes of clients that show certificates.
func (n Node) Certificates() Certificates { return n.shown }

// Limits are the rates that an operator changed, by the name of the limit.
func (n Node) Limits() map[string]string { return n.given.Limits.with(n.given.Texts) }
