package redisstore

import (
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

func TestLimitsOfTextsMustBeThere(t *testing.T) {
	reached := func(idp.LimitName) {}
	for _, name := range textLimits() {
		for _, rate := range []idp.Rate{{}, {Most: 0, Window: time.Hour}, {Most: -1, Window: time.Hour}, {Most: 1}} {
			limits := policy.DefaultLimits()
			limits[name] = rate
			if _, err := (&Store{}).SMSLimits(limits, reached); err == nil || !strings.Contains(err.Error(), string(name)+" is ") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := (&Store{}).SMSLimits(policy.DefaultLimits(), reached); err != nil {
		t.Error(err)
	}
}
