package faulttest

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/faulttest/rig"
	"github.com/apscloud/apsid/internal/testenv"
)

// postgresRows harm Postgres.
func postgresRows() []row {
	return []row{
		{name: "postgres-standby", what: "the address of Postgres is the standby's for 3 s, and then the primary's again", abuse: "ABUSE 43, 55", quick: true, set: pairRow(func(s *scene, p *rig.Pair) {
			p.Link.Point(p.Standby.Address(), true)
			s.lasts(3 * time.Second)
			p.Link.Point(p.Primary.Address(), false)
		})},
		{name: "postgres-failover", what: "the primary of Postgres is killed, and the standby is promoted", abuse: "ABUSE 43, 45", set: pairRow(func(s *scene, p *rig.Pair) {
			p.FailOver()
			s.ends()
			s.stores.direct = p.Standby.URL()
		})},
		{name: "postgres-down", what: "Postgres is killed, and started again after 4 s", abuse: "ABUSE 43", set: pairRow(func(s *scene, p *rig.Pair) {
			p.Primary.Kill()
			s.lasts(outage)
			p.Primary.Start()
		})},
		{name: "postgres-hangs", what: "Postgres hangs for 4 s", abuse: "ABUSE 43", set: pairRow(func(s *scene, p *rig.Pair) {
			p.Primary.Freeze()
			s.lasts(outage)
			p.Primary.Thaw()
		})},
		{name: "postgres-slow", what: "every answer of Postgres comes 50 ms later, for 4 s", abuse: "ABUSE 43", set: pairRow(func(s *scene, p *rig.Pair) {
			p.Link.Slow(50 * time.Millisecond)
			s.lasts(outage)
			p.Link.Clear()
		})},
		{name: "postgres-narrow", what: "2 kB a second come back over each connection to Postgres, for 4 s", abuse: "ABUSE 43", set: pairRow(func(s *scene, p *rig.Pair) {
			p.Link.Narrow(2)
			s.lasts(outage)
			p.Link.Clear()
		})},
		{name: "postgres-read-only", what: "Postgres takes no writes for 4 s, as one whose disk is full", abuse: "ABUSE 43", set: pairRow(func(s *scene, p *rig.Pair) {
			readOnly(p.Primary, "on")
			s.lasts(outage)
			readOnly(p.Primary, "off")
		})},
	}
}

// readOnly sets whether transactions that say nothing else may write.
func readOnly(c *testenv.Cluster, state string) {
	c.Exec("ALTER SYSTEM SET default_transaction_read_only = " + state)
	c.Exec("SELECT pg_reload_conf()")
}

// pairRow is a row on a Postgres pair.
func pairRow(do func(*scene, *rig.Pair)) func(testing.TB) (stores, harm) {
	return func(t testing.TB) (stores, harm) {
		p := rig.NewPair(t)
		return stores{database: p.URL(), direct: p.Primary.URL(), redis: testenv.Redis(t)}, func(s *scene) { do(s, p) }
	}
}
