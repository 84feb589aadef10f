package testworld

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/testenv"
)

// Config is a demo on free ports, with a state folder of the test's own that holds the demo's practices, people and apps.
func Config(t testing.TB) demo.Config {
	t.Helper()
	files, err := seeded()
	if err != nil {
		t.Fatalf("testworld: %v", err)
	}
	c := Empty(t)
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(c.StateDir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// Empty is a demo on free ports whose state folder is empty: it makes everything anew, as at a first start.
func Empty(t testing.TB) demo.Config {
	t.Helper()
	return onFreePorts(t.TempDir())
}

func onFreePorts(folder string) demo.Config {
	const free = "127.0.0.1:0"
	return demo.Config{Listen: free, TimesheetsListen: free, ContactsListen: free, LodgementsListen: free, StateDir: folder}
}

// seeded is what a demo that was set up and closed has left in its state folder. A demo that finds it there takes it over, as
// one that is started again does, and only tells the apps' new ports.
var seeded = sync.OnceValues(func() (files map[string][]byte, err error) {
	folder, err := os.MkdirTemp("", "testworld")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	d, err := demo.New(context.Background(), onFreePorts(folder), Deps(&testenv.Clock{}))
	if err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	files = map[string][]byte{}
	for _, entry := range entries {
		files[entry.Name()], err = os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return nil, err
		}
	}
	return files, nil
})

// Named lets a world be reached at localhost, where browsers have passkeys, and not at an IP address.
func Named(c *demo.Config) { c.Listen = "localhost:0" }
