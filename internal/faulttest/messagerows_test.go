package faulttest

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// messageRows harm what sends messages.
func messageRows() []row {
	texts := func(mode string) harm {
		return func(s *scene) {
			s.sns.become(mode)
			s.lasts(outage)
			s.sns.become("")
			s.ends()
			s.goesOn("userinfo", "introspection", "refresh", "log-out", "machine token", "account page")
		}
	}
	return []row{
		{name: "sns-refuses", what: "SNS answers every message with an error for 4 s", abuse: "ABUSE 28", set: plainRow(texts("AuthorizationError"))},
		{name: "sns-hangs", what: "SNS answers nothing for 4 s", abuse: "ABUSE 28", set: plainRow(texts("hang"))},
		{name: "smtp-down", what: "the mail server hangs up for 4 s; mail that was asked for arrives afterwards", set: plainRow(mailWaits)},
	}
}

// mailWaits has people ask for a new password while no mail can be sent.
func mailWaits(s *scene) {
	s.smtp.hangUp(true)
	asked := 0
	for range 5 {
		one := s.people.take(idp.KindSMS)
		b := newBrowser(s.world, one.address)
		a, err := b.ask(http.MethodPost, s.balancer.url()+"/account/forgot", url.Values{"username": {one.username}})
		if s.world.note("new password", b, a, err, err == nil && strings.Contains(string(a.body), "<title>Check your email")) {
			asked++
		}
	}
	s.lasts(outage)
	s.smtp.hangUp(false)
	s.ends()
	s.goesOn(kinds()...)
	for began := time.Now(); s.smtp.count() < asked && time.Since(began) < time.Minute; time.Sleep(50 * time.Millisecond) {
	}
	if got := s.smtp.count(); got < asked {
		s.tally.lose("%d of %d mails", asked-got, asked)
	}
}
