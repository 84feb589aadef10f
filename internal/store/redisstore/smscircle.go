package redisstore

import (
	"slices"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// circle is what a message is counted for that is kept together, in one slot of a cluster: a person, a number, a practice, a network, and
// all messages.
type circle struct {
	wide       bool     // it is of many people: see outage
	asked, set []string // keys of intervals: that must be over, and that begin with the message besides
	bounds     []bound
	breakers   []breaker
	clock      string // of the breakers
}

// bound is one limit applied to one message.
type bound struct {
	name   idp.LimitName
	key    string
	window window
	most   int // 0: it only counts
}

// breaker compares what was sent with what was verified.
type breaker struct {
	name           idp.LimitName // "": it only counts
	sent, verified string        // keys
	least          int           // sent messages that it needs to judge; 0: it only counts
	share          int           // the most that it counts of any narrower circle; 0: all
}

// place is where the keys of a circle lie: the hash tag of a cluster.
type place struct {
	l   *SMSLimits
	tag string
}

// place does not show whose it is. All messages lie where the previous release has them, so that they are counted together.
func (l *SMSLimits) place(kind, who string) place {
	if kind == "" {
		return place{l, prefix + "{sms}:"}
	}
	return place{l, prefix + "{sms:" + kind + ":" + l.store.sealer.Blind(who, "sms/"+kind) + "}:"}
}

// key names a counter without showing whom it counts.
func (p place) key(kind, who string) string {
	return p.tag + kind + ":" + p.l.store.sealer.Blind(who, "sms/"+kind)
}

func (p place) bound(name idp.LimitName, who string) bound {
	w := windowOf(p.l.limits[name].Window)
	return bound{name: name, key: p.key(w.counts(name), who), window: w, most: p.l.limits[name].Most}
}

func (p place) breaker(name idp.LimitName, kind, who string) breaker {
	return breaker{name: name, sent: p.key("sent-"+kind, who), verified: p.key("verified-"+kind, who), least: p.l.limits[name].Most}
}

func (p place) clock() string { return p.tag + "clock" }

// circles lists those of a message, narrowest first: the first limit that is full is the one named. A number that was verified before is
// under the limits of its person, of the number and of the day only.
func (l *SMSLimits) circles(ask idp.SMSAsk) []circle {
	all := []circle{l.person(ask), l.number(ask)}
	if ask.First && ask.Verified {
		for i := range all { // the interval begins with it all the same
			all[i].set, all[i].asked = slices.Concat(all[i].asked, all[i].set), nil
		}
	}
	if !ask.Verified {
		all = append(all, l.practice(ask), l.network(ask))
	}
	return append(all, l.everyone(ask))
}

func (l *SMSLimits) person(ask idp.SMSAsk) circle {
	user := string(ask.UserID)
	p := l.place("user", user)
	return circle{
		asked:  []string{p.key("interval-user", user)},
		bounds: []bound{p.bound(idp.LimitTextsToUser, user), p.bound(idp.LimitTextsToUserByDay, user)},
	}
}

// number counts a message to a person whose number it is for the others too, who ask for messages to it; see numberOf.
func (l *SMSLimits) number(ask idp.SMSAsk) circle {
	phone, number := ask.Phone.Reveal(), numberOf(ask)
	p := l.place("number", phone)
	c := circle{
		asked:  []string{p.key("interval-number", number)},
		bounds: []bound{p.bound(idp.LimitTextsToNumber, number), p.bound(idp.LimitTextsToNumberByDay, number)},
	}
	if ask.Verified {
		c.set = []string{p.key("interval-number", phone)}
		for _, name := range []idp.LimitName{idp.LimitTextsToNumber, idp.LimitTextsToNumberByDay} {
			forOthers := p.bound(name, phone)
			forOthers.most = 0
			c.bounds = append(c.bounds, forOthers)
		}
	}
	return c
}

func (l *SMSLimits) practice(ask idp.SMSAsk) circle {
	who := string(ask.PracticeID)
	p := l.place("practice", who)
	return circle{
		wide: true, bounds: []bound{p.bound(idp.LimitUnverifiedOfPractice, who)},
		breakers: []breaker{p.breaker(idp.LimitPracticeBreaker, "practice", who)}, clock: p.clock(),
	}
}

// network has its site beside it, so that the site counts for everyone what any of its networks has sent.
func (l *SMSLimits) network(ask idp.SMSAsk) circle {
	who, site := policy.Network(ask.Address), policy.Site(ask.Address)
	p := l.place("site", site)
	network := p.breaker(idp.LimitNetworkBreaker, "address", who)
	network.share = policy.NetworkShare(network.least)
	return circle{
		wide: true, bounds: []bound{p.bound(idp.LimitUnverifiedByNetwork, who)},
		breakers: []breaker{network, p.breaker("", "site", site)}, clock: p.clock(),
	}
}

func (l *SMSLimits) everyone(ask idp.SMSAsk) circle {
	p := l.place("", "")
	day := p.bound(idp.LimitTextsByDay, "")
	if ask.Verified {
		return circle{wide: true, bounds: []bound{day}}
	}
	least := l.limits[idp.LimitCountryBreaker].Most
	return circle{
		wide: true, bounds: []bound{p.bound(idp.LimitUnverifiedByDay, ""), day},
		breakers: []breaker{{
			name: idp.LimitCountryBreaker, least: least, share: policy.CountryShare(least),
			sent: p.tag + "sent:" + ask.Country, verified: p.tag + "verified:" + ask.Country,
		}},
		clock: p.clock(),
	}
}

// numberOf is whom the limits on a number count. Those of a person whose number it is count the messages to such people alone: others
// who ask for messages to it would keep the person from signing in. Theirs count all messages to the number.
func numberOf(ask idp.SMSAsk) string {
	if ask.Verified {
		return "verified " + ask.Phone.Reveal()
	}
	return ask.Phone.Reveal()
}
