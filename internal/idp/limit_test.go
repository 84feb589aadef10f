package idp_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

func TestRatesAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]idp.Rate{
		"600/1h": {Most: 600, Window: time.Hour}, "1/1m": {Most: 1, Window: time.Minute}, "5/1h30m": {Most: 5, Window: 90 * time.Minute},
		"1000000/168h": {Most: 1_000_000, Window: 7 * 24 * time.Hour},
	} {
		got, err := idp.ParseRate(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %v %v, written %s", text, got, err, got)
		}
	}
	for _, text := range []string{"", "600", "600/", "/1h", "0/1h", "-1/1h", "600/1s", "600/169h", "1000001/1h", "600/1h/1h", "6e2/1h"} {
		if got, err := idp.ParseRate(text); err == nil {
			t.Errorf("%q: taken as %s", text, got)
		}
	}
}

func TestLimitsAreSetByName(t *testing.T) {
	limits := idp.Limits{"mails": {Most: 3, Window: time.Hour}, "texts": {Most: 5, Window: time.Hour}}
	changed, err := limits.With(map[string]string{"mails": "7/24h"})
	if err != nil || changed["mails"] != (idp.Rate{Most: 7, Window: 24 * time.Hour}) || changed["texts"] != limits["texts"] {
		t.Errorf("%v %v", changed, err)
	}
	if limits["mails"].Most != 3 {
		t.Error("the defaults changed")
	}
	for name, rate := range map[string]string{"mail": "7/24h", "mails": "seven"} {
		if _, err := limits.With(map[string]string{name: rate}); err == nil {
			t.Errorf("%s=%s: taken", name, rate)
		}
	}
}
