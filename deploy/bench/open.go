package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"sync"
	"time"
)

// The load generator's workers wait for an answer before they ask again: a node that stands still for a second is then asked less, and most
// of those whom it kept waiting are not in the figures. Here requests come at random moments at a rate, as those of people who know
// nothing of each other, and each is timed from the moment at which it was to be sent.

// opened is what requests at a rate came to. Times are milliseconds.
type opened struct {
	rate, answered, p50, p99, p999, longest float64
	errors                                  int
	last                                    error
}

// printOpen sends requests of each row that can be sent so at a share of the rate that was measured before.
func (b *bench) printOpen(ctx context.Context, picked []row, measured []measurements, share float64) error {
	fmt.Printf("\n| operation, sent at %.0f %% of its rate | sent a second | answered a second | p50 ms | p99 ms | p99.9 ms | longest ms | errors |\n", 100*share)
	fmt.Println("| --- | --: | --: | --: | --: | --: | --: | --: |")
	for j, r := range picked {
		rate := share * measured[j].median(func(m measurement) float64 { return m.Rate })
		send, err := newCaller(b.nodes[0].base).operation(ctx, r)
		if errors.Is(err, errNotSent) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		o := sendAt(ctx, rate, b.gen.duration*time.Duration(len(measured[j])), send)
		if o.last != nil {
			fmt.Fprintf(os.Stderr, "%s, %d errors, the last: %v\n", r.name, o.errors, o.last)
		}
		fmt.Printf("| %s | %.0f | %.0f | %.1f | %.1f | %.1f | %.0f | %d |\n", r.what, o.rate, o.answered, o.p50, o.p99, o.p999, o.longest, o.errors)
	}
	return nil
}

// sendAt has requests sent at a rate a second for a span of time after a warm-up, and waits for the answers.
func sendAt(ctx context.Context, rate float64, span time.Duration, send func(context.Context) error) (o opened) {
	var sending sync.WaitGroup
	var mu sync.Mutex
	var took []time.Duration
	begin := time.Now()
	counts := begin.Add(warmup)
	end := counts.Add(span)
	for at := begin; at.Before(end) && ctx.Err() == nil; at = at.Add(pause(rate)) {
		time.Sleep(time.Until(at))
		sending.Go(func() {
			err := send(ctx)
			wait := time.Since(at)
			if at.Before(counts) {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				o.errors++
				o.last = err
				return
			}
			took = append(took, wait)
		})
	}
	sending.Wait()
	o.rate = float64(len(took)+o.errors) / span.Seconds()
	if len(took) == 0 {
		return o
	}
	slices.Sort(took)
	part := func(share float64) float64 {
		return float64(took[min(len(took)-1, int(share*float64(len(took))))].Microseconds()) / 1000
	}
	o.answered = float64(len(took)) / time.Since(counts).Seconds()
	o.p50, o.p99, o.p999, o.longest = part(0.5), part(0.99), part(0.999), part(1)
	return o
}

// pause is the time between two that come at random moments, so many a second: exponentially distributed.
func pause(rate float64) time.Duration {
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails
	share := float64(binary.NativeEndian.Uint64(random[:])>>11) / (1 << 53)
	return time.Duration(-math.Log(1-share) / rate * float64(time.Second))
}
