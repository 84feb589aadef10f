package redisstore

import (
	"strings"
	"testing"
)

func TestLimitsThatMakeNoSenseAreNamed(t *testing.T) {
	for name, spoil := range map[string]func(*Limits){
		"Interval": func(l *Limits) { l.Interval = 0 }, "UserHour": func(l *Limits) { l.UserHour = 0 },
		"UserDay": func(l *Limits) { l.UserDay = -1 }, "NumberHour": func(l *Limits) { l.NumberHour = 0 },
		"NumberDay": func(l *Limits) { l.NumberDay = 0 }, "AddressHour": func(l *Limits) { l.AddressHour = 0 },
		"PracticeDay": func(l *Limits) { l.PracticeDay = 0 }, "Day": func(l *Limits) { l.Day = 0 },
		"Breaker.Own": func(l *Limits) { l.Breaker.Own = 0 }, "Breaker.Sent": func(l *Limits) { l.Breaker.Sent = 0 }, "Breaker.Percent": func(l *Limits) { l.Breaker.Percent = 101 },
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
