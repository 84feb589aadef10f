package faulttest

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/testenv"
)

// nodeRows harm nodes.
func nodeRows() []row {
	return []row{
		{name: "node-sigterm", what: "a node is told to end (SIGTERM), and started again", quick: true, set: plainRow(func(s *scene) {
			s.nodes[0].terminate()
			s.nodes[0].start()
			s.ends()
			s.goesOn(kinds()...)
		})},
		{name: "node-rolling", what: "all nodes are restarted, one after another", set: plainRow(func(s *scene) {
			for _, n := range s.nodes {
				n.terminate()
				n.start()
				within(s.t, "it is ready again", time.Minute, func() bool { return isReady(n.address()) && s.balancer.serves() == 3 })
			}
			s.ends()
			s.goesOn(kinds()...)
		})},
		{name: "node-killed", what: "a node is killed (SIGKILL), and started again", abuse: "45", kills: true, set: plainRow(func(s *scene) {
			n := s.nodes[0].(*process)
			n.kill()
			s.lasts(time.Second)
			n.start()
		})},
	}
}

// plainRow is a row on stores that nothing harms.
func plainRow(do harm) func(testing.TB) (stores, harm) {
	return func(t testing.TB) (stores, harm) {
		return stores{database: testenv.Postgres(t), redis: testenv.Redis(t)}, do
	}
}
