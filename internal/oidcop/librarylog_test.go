package oidcop_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/apscloud/apsid/internal/oidcop"
)

// The library says nothing of its routes at each start. What it and others say besides is written.
func TestTheLibraryIsQuietAboutItsRoutes(t *testing.T) {
	var written bytes.Buffer
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	slog.SetDefault(slog.New(slog.NewTextHandler(&written, nil)))
	op.RegisterServer(op.UnimplementedServer{}, *op.DefaultEndpoints)
	if !strings.Contains(written.String(), "registered route") {
		t.Fatal("the library says nothing of its routes any more: LibraryLog can go")
	}
	written.Reset()
	slog.SetDefault(slog.New(oidcop.LibraryLog(slog.NewTextHandler(&written, nil))))
	op.RegisterServer(op.UnimplementedServer{}, *op.DefaultEndpoints)
	if written.Len() > 0 {
		t.Errorf("written: %s", written.String())
	}
	slog.Info("registered route") // ours
	slog.Warn("something else")
	if n := strings.Count(written.String(), "\n"); n != 2 {
		t.Errorf("%d lines: %s", n, written.String())
	}
}
