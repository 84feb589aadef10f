package redisstore

import (
	"fmt"
	"time"
)

// Limits bounds the text messages that go out, against attackers who are paid for each message (SMS pumping). Every count is
// over a sliding window that is at most a twelfth longer than its name says, and never shorter. The defaults allow for an
// ordinary Monday: each app asks for a code of its own, and all people of an office share one address.
type Limits struct {
	Interval    time.Duration // between two messages to one user, and to one number: 30 s
	UserHour    int           // to one user: 12
	UserDay     int           // to one user: 30
	NumberHour  int           // to one number: 12
	NumberDay   int           // to one number: 30
	AddressHour int           // to numbers never verified, from one IPv4 address or IPv6 network of 64 bits: 100
	PracticeDay int           // to numbers never verified, of the people of one practice: 1,000
	Day         int           // in all: 5,000; half of them to numbers never verified
	Breaker     Breaker
}

// Breaker closes a practice, a network or a country for numbers that were never verified, while too few of the codes that went to
// such numbers come back.
type Breaker struct {
	Own     int           // a practice or a network is judged once it sent so many within an hour: 30
	Sent    int           // and a country: 50, of which a practice or a network adds a tenth at most
	Percent int           // it closes while fewer of them than this led to a right code: 20
	Grace   time.Duration // messages younger than this, to the minute, don't count yet: people need time to type: 2 min
}

// share is the most that one practice, network or site adds to what a country is judged by.
func (b Breaker) share() int { return max(1, b.Sent/10) }

// DefaultLimits returns the limits named beside each field.
func DefaultLimits() Limits {
	return Limits{
		Interval:    30 * time.Second,
		UserHour:    12,
		UserDay:     30,
		NumberHour:  12,
		NumberDay:   30,
		AddressHour: 100,
		PracticeDay: 1000,
		Day:         5000,
		Breaker:     Breaker{Own: 30, Sent: 50, Percent: 20, Grace: 2 * time.Minute},
	}
}

// validate refuses limits that would let nothing or everything through by mistake.
func (l Limits) validate() error {
	counts := map[string]int{
		"UserHour": l.UserHour, "UserDay": l.UserDay, "NumberHour": l.NumberHour, "NumberDay": l.NumberDay,
		"AddressHour": l.AddressHour, "PracticeDay": l.PracticeDay, "Day": l.Day, "Breaker.Sent": l.Breaker.Sent, "Breaker.Own": l.Breaker.Own,
	}
	for name, count := range counts {
		if count <= 0 {
			return fmt.Errorf("limits of text messages: %s is %d: it must be above zero", name, count)
		}
	}
	if l.Interval <= 0 || l.Interval > time.Hour {
		return fmt.Errorf("limits of text messages: Interval is %s: it must be above zero and at most an hour", l.Interval)
	}
	if l.Breaker.Percent < 0 || l.Breaker.Percent > 100 {
		return fmt.Errorf("limits of text messages: Breaker.Percent is %d: it must be from 0 to 100", l.Breaker.Percent)
	}
	if l.Breaker.Grace < 0 || l.Breaker.Grace > time.Hour {
		return fmt.Errorf("limits of text messages: Breaker.Grace is %s: it must be from zero to an hour", l.Breaker.Grace)
	}
	return nil
}
