package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
)

// profiles takes profiles of a node whose program is profiled.
type profiles struct {
	address string
	folder  string
}

func newProfiles(ctx context.Context, folder string) (*profiles, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	return &profiles{address: "127.0.0.1:" + port, folder: folder}, os.MkdirAll(folder, 0o700)
}

// take writes the profiles of a row over a span of time that begins after a while: for `go tool pprof -top FILE`.
func (p *profiles) take(ctx context.Context, r row, after, span time.Duration) error {
	if p == nil {
		return nil
	}
	time.Sleep(after)
	group, ctx := errgroup.WithContext(ctx)
	for kind, path := range map[string]string{"cpu": "profile", "allocs": "allocs", "block": "block", "mutex": "mutex"} {
		group.Go(func() error {
			url := fmt.Sprintf("http://%s/debug/pprof/%s?seconds=%d", p.address, path, int(span.Seconds()))
			return download(ctx, url, filepath.Join(p.folder, r.name+"."+kind+".pprof"))
		})
	}
	return group.Wait()
}

func download(ctx context.Context, url, name string) (err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, response.Body)
	return errors.Join(err, file.Close())
}
