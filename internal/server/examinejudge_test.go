package server

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// What no test can bring about on a machine of its own is judged by what such a machine would say.
func TestWhatOtherMachinesWouldSay(t *testing.T) {
	all := func(of ...string) (addresses []net.Addr) {
		for _, each := range of {
			ip, network, err := net.ParseCIDR(each)
			if err != nil {
				t.Fatal(err)
			}
			network.IP = ip
			addresses = append(addresses, network)
		}
		return addresses
	}
	old := &examined{
		database: func() (sqlstore.Facts, error) { return sqlstore.Facts{Version: 140_011, Encoding: "UTF8"}, nil },
		redis:    func() (redisstore.Facts, error) { return redisstore.Facts{Version: "6.2.14"}, nil },
	}
	for name, c := range map[string]struct {
		got  []Finding
		want fault
	}{
		"a full disk":                 {judgeSpace("/s", 10<<20), diskFull},
		"a disk that fills":           {judgeSpace("/s", 500<<20), diskFills},
		"a disk with room":            {judgeSpace("/s", 5<<30), fault{}},
		"metrics for the Internet":    {judgeMetrics("203.0.113.9:9090", nil), metricsPublic},
		"on every address, of these":  {judgeMetrics(":9090", all("127.0.0.1/8", "10.0.0.9/8", "203.0.113.9/24")), metricsPublic},
		"on every private address":    {judgeMetrics("0.0.0.0:9090", all("127.0.0.1/8", "10.0.0.9/8", "fe80::1/64")), metricsWide},
		"on an IPv6 address":          {judgeMetrics("[2001:db8::1]:9090", nil), metricsPublic},
		"metrics at a private one":    {judgeMetrics("10.0.0.9:9090", all("203.0.113.9/24")), fault{}},
		"metrics on this machine":     {judgeMetrics("localhost:9090", all("203.0.113.9/24")), fault{}},
		"an old Postgres":             {examineDatabaseServer(t.Context(), old), oldPostgres},
		"an old Redis":                {examineRedisServer(t.Context(), old), oldRedis},
		"a clock that is right":       {judgeClock("Redis", 4*time.Second), fault{}},
		"a clock that is behind":      {judgeClock("Redis", -6*time.Second), clockOff},
		"a clock that is behind much": {judgeClock("Redis", -time.Minute), clockWrong},
	} {
		switch {
		case c.want.mend == "" && len(c.got) > 0:
			t.Errorf("%s: %+v", name, c.got)
		case c.want.mend != "" && (len(c.got) != 1 || c.got[0].Mend != c.want.mend || c.got[0].State != c.want.state):
			t.Errorf("%s: %+v", name, c.got)
		}
	}
}

// A look that never ends holds up nobody for ever.
func TestALookThatHangsIsGivenUp(t *testing.T) {
	over := make(chan struct{})
	defer close(over)
	c := check{name: "disk", look: func(context.Context, *examined) []Finding {
		<-over
		return nil
	}}
	began := time.Now()
	found := c.run(t.Context(), &examined{})
	if len(found) != 1 || found[0].Text != hangs.text || found[0].State != Fail || time.Since(began) > 4*examineWithin {
		t.Errorf("got %+v", found)
	}
}
