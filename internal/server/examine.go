package server

import (
	"context"
	"crypto/x509"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
)

const (
	// examineWithin bounds each look; what several checks need is looked up once, within the same.
	examineWithin = 5 * time.Second
	// greetWithin bounds a look at a provider of messages: mail servers let strangers wait before they greet.
	greetWithin = 10 * time.Second
	// examineGrace is how much longer a look may take that does not end by itself.
	examineGrace = time.Second
)

// Asked is what an examination is asked beside the settings of a node.
type Asked struct {
	Environment error            // what is wrong with the variables of the environment; nil: nothing
	MailTo      string           // send a trial message to this address; "": none
	TextTo      idp.Secret       // send a trial text message to this number, in E.164; zero: none
	Clock       func() time.Time // nil: time.Now
	Roots       *x509.CertPool   // the authorities that may certify the issuer's address and the mail server; nil: the system's
}

// check is one thing that is looked at.
type check struct {
	name   string
	needs  []need
	look   func(context.Context, *examined) []Finding // none: all is well
	within time.Duration                              // 0: examineWithin
}

// checks lists all of them, in the order of their lines.
func checks() []check {
	database, readable := []need{theDatabase}, []need{theDatabase, theRights}
	rows, sealed := []need{theDatabase, thePrimary, theRights, theSchema}, []need{theDatabase, thePrimary, theRights, theSchema, theSealKeys}
	return []check{
		{name: "environment", look: examineEnvironment},
		{name: "limits", look: examineLimits},
		{name: "logs", look: examineLogs},
		{name: "support contact", look: examineSupport},
		{name: "breached passwords", look: examineBreached},
		{name: "state folder", look: examineStateFolder},
		{name: "open files", look: examineOpenFiles},
		{name: "seal keys", look: examineSealKeys},

		{name: "database", look: examineDatabase},
		{name: "database server", look: examineDatabaseServer, needs: database},
		{name: "database role", look: examineRole, needs: database},
		{name: "database connections", look: examineConnections, needs: database},
		{name: "schema", look: examineSchemaSteps, needs: readable},
		{name: "audit trail", look: examineTrail, needs: rows},
		{name: "stored issuer", look: examineStoredIssuer, needs: rows},
		{name: "signing keys", look: examineSigningKeys, needs: sealed},
		{name: "user names", look: examineUsernames, needs: rows},
		{name: "apps without PKCE", look: examinePKCE, needs: sealed},
		{name: "apps and FAPI 2.0", look: examineFAPI, needs: sealed},

		{name: "redis", look: examineRedis},
		{name: "redis server", look: examineRedisServer, needs: []need{theRedis}},
		{name: "redis memory", look: examineRedisMemory, needs: []need{theRedis}},
		{name: "redis user", look: examineRedisUser, needs: []need{theRedis}},
		{name: "clocks", look: examineClocks, needs: []need{aStore}},
		{name: "encryption to the stores", look: examineWires},

		{name: "text messages", look: examineTexts, within: greetWithin},
		{name: "e-mail", look: examineMail, within: greetWithin},
		{name: "issuer", look: examineIssuer},
		{name: "trusted proxies", look: examineProxies},
		{name: "listening address", look: examineListen},
		{name: "metrics address", look: examineMetrics},
		{name: "public address", look: examinePublicWay},
		{name: "certificates of clients", look: examineCertificates},
	}
}

// Examine looks at everything that a node needs, and creates nothing. All checks run at once, so that one that waits holds up none of
// the others.
func Examine(ctx context.Context, given config.Server, asked Asked) []Finding {
	if asked.Clock == nil {
		asked.Clock = time.Now
	}
	all := examineConfiguration(given)
	node, err := given.Complete()
	if err != nil {
		return append(name("environment", examineEnvironment(ctx, &examined{asked: asked})), all...)
	}
	x := newExamined(ctx, node, asked)
	list := checks()
	found := make([][]Finding, len(list))
	var group sync.WaitGroup
	for i, c := range list {
		group.Go(func() { found[i] = c.run(ctx, x) })
	}
	group.Wait()
	for _, each := range found {
		all = append(all, each...)
	}
	return all
}

// run looks unless something is missing that the look needs.
func (c check) run(ctx context.Context, x *examined) []Finding {
	for _, need := range c.needs {
		if why := need(x); why != "" {
			return name(c.name, []Finding{unchecked.found(why)})
		}
	}
	within := max(c.within, examineWithin)
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	found := make(chan []Finding, 1)
	go func() { found <- c.look(ctx, x) }()
	over := time.NewTimer(within + examineGrace)
	defer over.Stop()
	select {
	case all := <-found:
		return name(c.name, all)
	case <-over.C: // a look that heeds no limit: a disk that hangs
		return name(c.name, []Finding{hangs.found()})
	}
}
