package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apscloud/apsid/pkg/dpop"
)

// The load generator makes no proofs (RFC 9449). So this program asks by itself for codes and for their tokens, with proofs and without, by
// the same code: what the two rows differ by is what a proof costs.

// The rows that this program asks for itself.
const (
	flowRow  = "flow" + withES256
	boundRow = "flow-dpop" + withES256
)

func isOwn(r row) bool { return r.name == flowRow || r.name == boundRow }

// exchanging returns one code flow of a browser that is signed in, with a proof beside the code if bound.
func (c caller) exchanging(ctx context.Context, app string, bound bool) (func(context.Context) error, error) {
	free := make(chan caller, chains)
	for range chains {
		browser, _, err := c.enter(ctx, app)
		if err != nil {
			return nil, err
		}
		free <- browser
	}
	var key *dpop.Key
	if bound {
		var err error
		if key, err = dpop.NewKey(); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context) error {
		browser := <-free
		defer func() { free <- browser }()
		page, err := browser.authorize(ctx, app)
		if err != nil {
			return err
		}
		to, err := page.Location()
		if err != nil {
			return fmt.Errorf("no code came: %s", page.Status)
		}
		return c.exchange(ctx, app, to.Query().Get("code"), key)
	}, nil
}

// exchange asks for the tokens of a code; nil: without a proof.
func (c caller) exchange(ctx context.Context, app, code string, key *dpop.Key) error {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(app, secret)
	if key != nil {
		proof, err := key.Sign(dpop.Request{Method: http.MethodPost, URL: c.base + "/oauth/token"}, "", time.Now())
		if err != nil {
			return err
		}
		request.Header.Set(dpop.Header, proof)
	}
	text, err := c.do(request)
	if err == nil && key != nil && !strings.Contains(string(text), `"token_type":"DPoP"`) {
		err = fmt.Errorf("not bound: %s", text)
	}
	return err
}

// measureOwn carries out a row's operation again and again, as the load generator does for the others.
func (b *bench) measureOwn(ctx context.Context, of row) (r result, err error) {
	ask, err := newCaller(b.nodes[0].base).operation(ctx, of)
	if err != nil {
		return r, err
	}
	if _, err := repeat(ctx, b.gen.workers, warmup, ask); err != nil {
		return r, err
	}
	pids, err := b.processes(ctx)
	if err != nil {
		return r, err
	}
	before, err := used(pids)
	if err != nil {
		return r, err
	}
	counted0, err := b.stores.count(ctx)
	if err != nil {
		return r, err
	}
	began := time.Now()
	took, err := repeat(ctx, b.gen.workers, b.gen.duration, ask)
	if err != nil {
		return r, err
	}
	span := time.Since(began)
	after, err := used(pids)
	if err != nil {
		return r, err
	}
	counted1, err := b.stores.count(ctx)
	if err != nil {
		return r, err
	}
	slices.Sort(took)
	at := func(share float64) float64 {
		return float64(took[min(len(took)-1, int(share*float64(len(took))))].Microseconds()) / 1000
	}
	r.Ops, r.P50, r.P99, r.Max = float64(len(took)), at(0.5), at(0.99), at(1)
	r.Rate, r.CPU = r.Ops/span.Seconds(), map[string]float64{}
	for name := range pids {
		r.CPU[name] = (after[name] - before[name]) / r.Ops
	}
	r.counted = counted1.minus(counted0, r.Ops)
	return r, nil
}

// repeat has workers do something for a while, and returns how long each took. The first error ends it.
func repeat(ctx context.Context, workers int, span time.Duration, do func(context.Context) error) (took []time.Duration, err error) {
	group, ctx := errgroup.WithContext(ctx)
	var mu sync.Mutex
	end := time.Now().Add(span)
	for range workers {
		group.Go(func() error {
			for time.Now().Before(end) {
				began := time.Now()
				if err := do(ctx); err != nil {
					return err
				}
				mu.Lock()
				took = append(took, time.Since(began))
				mu.Unlock()
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if len(took) == 0 {
		return nil, errors.New("nothing was completed")
	}
	return took, nil
}
