package redisstore_test

import (
	"context"
	"testing"
	"time"
)

// newsIsHeard: every listener hears what is published while it listens, and stops with its context.
func newsIsHeard(t *testing.T, s redisStore) {
	ctx, stop := context.WithCancel(t.Context())
	heard := make(chan string, 100)
	var over [2]chan struct{}
	for i := range over {
		over[i] = make(chan struct{})
		go func() {
			defer close(over[i])
			s.Store.Listen(ctx, func(_ context.Context, word string) { heard <- word })
		}()
	}
	deadline := time.After(20 * time.Second)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for n := 0; n < 2; { // subscribing takes a moment: until both have heard one at once
		select {
		case <-again.C:
			n = 0
			if err := s.Store.Publish(t.Context(), "clients"); err != nil {
				t.Fatal(err)
			}
		case word := <-heard:
			if word != "clients" {
				t.Fatalf("heard %q", word)
			}
			n++
		case <-deadline:
			t.Fatal("nothing was heard")
		}
	}
	stop()
	for _, one := range over {
		<-one
	}
}
