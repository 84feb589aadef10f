package oidcop_test

import (
	"context"
	"net/url"
	"runtime"
	"strconv"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/oidcop"
)

// manyApps has an app for every identifier: copies of one, each read anew.
type manyApps struct{ oidcop.StoredClients }

func (m manyApps) FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error) {
	client, err := m.StoredClients.FindClient(ctx, "timesheets")
	client.ID = id
	return client, err
}

// BenchmarkHeldInMemory tells how many bytes of the heap a node keeps for each client that it remembers, and for each access token that
// it has verified. It keeps nothing for a session.
func BenchmarkHeldInMemory(b *testing.B) {
	h := benchHouse(b)
	b.Run("client", func(b *testing.B) {
		held(b, func(b *testing.B, n int) any {
			known := oidcop.NewCachedClients(manyApps{h.clients}, h.clock.read)
			for i := range n {
				_, err := known.FindClient(b.Context(), idp.ClientID("app-"+strconv.Itoa(i)))
				if err != nil {
					b.Fatal(err)
				}
			}
			return known
		})
	})
	b.Run("token", func(b *testing.B) {
		var tokens []string
		for range heldThings {
			tokens = append(tokens, decode(b, h.machine())["access_token"].(string))
		}
		held(b, func(b *testing.B, n int) any {
			surface, err := h.rebuild(must(url.Parse(h.issuer)))
			if err != nil {
				b.Fatal(err)
			}
			for _, token := range tokens[:n] {
				if !surface.Remembers(b.Context(), token, h.clock.read()) {
					b.Fatal("a token that is not ours")
				}
			}
			return surface
		})
	})
}

const heldThings = 500

// held reports the bytes that are kept for each of the things which keep makes, beside those for none.
func held(b *testing.B, keep func(b *testing.B, n int) any) {
	b.Helper()
	var each float64
	for b.Loop() {
		none := keep(b, 0)
		before := heap()
		some := keep(b, heldThings)
		each = float64(heap()-before) / heldThings
		runtime.KeepAlive(none)
		runtime.KeepAlive(some)
	}
	b.ReportMetric(each, "heap-B")
}

// heap is how many bytes are in use once all garbage is gone.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
