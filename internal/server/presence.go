package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

const (
	// nodePrefix begins the names under which nodes record what they hold; the identifier of a run of a node follows.
	nodePrefix = "node/"
	// tellEvery is how often a node says again what it has said before.
	tellEvery = 30 * time.Second
	// runsFor is how long a node counts as running after it said so: two rounds, and clocks that differ by a minute or two.
	runsFor = 2*tellEvery + 2*time.Minute
	// forgetNodes is when the record of a node that was killed is deleted.
	forgetNodes = 24 * time.Hour
)

// RunningNode is what a node says of itself, in the database that all nodes share.
type RunningNode struct {
	Host  string   `json:"host"`
	PID   int      `json:"pid"`
	Holds []uint32 `json:"holds"` // the seal keys with which it opens
	Seals uint32   `json:"seals"` // the one with which it seals
	// Sealed are the keys with which it sealed before, and until when: what it stored in a Redis of its own may need them.
	Sealed map[uint32]time.Time `json:"sealed,omitempty"`
	// OwnRedis says that what is in Redis elsewhere is in the node's own memory.
	OwnRedis bool      `json:"own_redis,omitempty"`
	Seen     time.Time `json:"-"`
}

// String names the node for an operator.
func (n RunningNode) String() string { return fmt.Sprintf("%s (process %d)", n.Host, n.PID) }

func (n RunningNode) holds(id uint32) bool { return slices.Contains(n.Holds, id) }

// presence records what a node holds, so that no key is promoted that a node lacks, and none retired with which one seals.
type presence struct {
	store *sqlstore.Store
	name  string
	log   *slog.Logger
	node  RunningNode
	quiet bool // the failure was logged

	told   string    // what was recorded last
	toldAt time.Time // and when
}

func newPresence(st *stores, log *slog.Logger) presence {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	node := RunningNode{Host: host, PID: os.Getpid(), OwnRedis: st.redis.Embedded()}
	return presence{store: st.sql, name: idp.NewID(nodePrefix), log: log, node: node}
}

// round records the keys, unless it has done so a moment ago.
func (p *presence) round(ctx context.Context, keys []seal.Key, now time.Time) {
	p.node = p.node.with(keys, now)
	value, err := json.Marshal(p.node)
	if since := now.Sub(p.toldAt); string(value) == p.told && since >= 0 && since < tellEvery {
		return
	}
	if err == nil {
		err = p.store.InTx(ctx, func(tx *sqlstore.Tx) error {
			err := tx.PutInstalled(ctx, p.name, string(value), now)
			return errors.Join(err, tx.DeleteInstalled(ctx, nodePrefix, now.Add(-forgetNodes)))
		})
	}
	if err != nil && ctx.Err() == nil && !p.quiet {
		p.log.WarnContext(ctx, "other processes can't be told which seal keys this node holds", "error", err)
	}
	p.quiet = err != nil
	if err == nil {
		p.told, p.toldAt = string(value), now
	}
}

// with returns what the node says once it has other keys.
func (n RunningNode) with(keys []seal.Key, now time.Time) RunningNode {
	before := n.Seals
	n.Holds, n.Sealed = nil, maps.Clone(n.Sealed)
	for _, k := range keys {
		if k.Opens {
			n.Holds = append(n.Holds, k.ID)
		}
		if k.Primary {
			n.Seals = k.ID
		}
	}
	if before != 0 && before != n.Seals {
		if n.Sealed == nil {
			n.Sealed = map[uint32]time.Time{}
		}
		n.Sealed[before] = now.UTC()
	}
	delete(n.Sealed, n.Seals)
	return n
}

// end takes the record away: the node does not run any more.
func (p *presence) end(ctx context.Context, now time.Time) {
	ctx = context.WithoutCancel(ctx)
	err := p.store.InTx(ctx, func(tx *sqlstore.Tx) error { return tx.DeleteInstalled(ctx, p.name, now.Add(time.Hour)) })
	if err != nil {
		p.log.WarnContext(ctx, "this node is taken for a running one for a while longer", "for", runsFor, "error", err)
	}
}

// runningNodes lists the nodes that said within runsFor that they run.
func runningNodes(ctx context.Context, store *sqlstore.Store, now time.Time) ([]RunningNode, error) {
	records, err := store.ListInstalled(ctx, nodePrefix)
	if err != nil {
		return nil, err
	}
	var nodes []RunningNode
	for _, r := range records {
		if now.Sub(r.ChangedAt) > runsFor {
			continue
		}
		node := RunningNode{Seen: r.ChangedAt}
		if err := json.Unmarshal([]byte(r.Value), &node); err != nil {
			return nil, fmt.Errorf("the record of node %s: %w", strings.TrimPrefix(r.Name, nodePrefix), err)
		}
		nodes = append(nodes, node)
	}
	return nodes, nil
}
