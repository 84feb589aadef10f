package rig

import (
	"net/url"
	"testing"

	"github.com/apscloud/apsid/internal/testenv"
)

// Pair is a Postgres primary with a hot standby, and the address that nodes know, which is the primary's at first.
type Pair struct {
	Primary, Standby *testenv.Cluster
	Link             *Link
}

// NewPair starts both, empty.
func NewPair(t testing.TB) *Pair {
	t.Helper()
	primary := testenv.NewCluster(t)
	return &Pair{Primary: primary, Standby: primary.NewStandby(t), Link: NewLink(t, primary.Address())}
}

// URL is that of their only database, over the link.
func (p *Pair) URL() string {
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Host: p.Link.Address(), Path: "postgres", RawQuery: "sslmode=disable"}
	return u.String()
}

// FailOver kills the primary, promotes the standby and points the address to it.
func (p *Pair) FailOver() {
	p.Primary.Kill()
	p.Standby.Promote()
	p.Link.Point(p.Standby.Address(), true)
}
