package redisstore

import (
	"strings"
	"testing"
)

func TestBreakerDecides(t *testing.T) { // ABUSE 27
	b := DefaultLimits().Breaker
	for _, c := range []struct {
		sent, verified int64
		closed         bool
	}{
		{0, 0, false}, {49, 0, false}, {50, 0, true}, {50, 9, true}, {50, 10, false}, {51, 10, true},
		{5000, 999, true}, {5000, 1000, false}, {60, 60, false},
	} {
		if got := b.closed(c.sent, c.verified); got != c.closed {
			t.Errorf("%d sent, %d verified: closed is %v", c.sent, c.verified, got)
		}
	}
}

func TestLimitsThatMakeNoSenseAreNamed(t *testing.T) {
	for name, spoil := range map[string]func(*Limits){
		"Interval": func(l *Limits) { l.Interval = 0 }, "UserHour": func(l *Limits) { l.UserHour = 0 },
		"UserDay": func(l *Limits) { l.UserDay = -1 }, "NumberHour": func(l *Limits) { l.NumberHour = 0 },
		"NumberDay": func(l *Limits) { l.NumberDay = 0 }, "AddressHour": func(l *Limits) { l.AddressHour = 0 },
		"PracticeDay": func(l *Limits) { l.PracticeDay = 0 }, "Day": func(l *Limits) { l.Day = 0 },
		"Breaker.Sent": func(l *Limits) { l.Breaker.Sent = 0 }, "Breaker.Percent": func(l *Limits) { l.Breaker.Percent = 101 },
		"Breaker.Grace": func(l *Limits) { l.Breaker.Grace = -1 },
	} {
		limits := DefaultLimits()
		spoil(&limits)
		if _, err := (&Store{}).SMSLimits(limits); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (&Store{}).SMSLimits(DefaultLimits()); err != nil {
		t.Error(err)
	}
}
