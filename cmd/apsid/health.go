package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/config"
)

// healthWithin is how long the node may take to answer.
const healthWithin = 3 * time.Second

// healthCommand is for containers without a shell. It takes the setting of serve that says where the node listens.
type healthCommand struct {
	Listen string `default:"127.0.0.1:8080" help:"Address that the node serves on, host:port, as for serve."`
}

// Run implements the command.
func (c *healthCommand) Run(ctx context.Context) error {
	address, err := beside(c.Listen)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/livez", http.NoBody)
	if err != nil {
		return err
	}
	answer, err := (&http.Transport{}).RoundTrip(request) // no proxy of the environment, and no redirect
	if err != nil {
		return fmt.Errorf("no node answers at %s: %w", address, cause(err))
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK || strings.TrimSpace(string(text)) != "ok" {
		return fmt.Errorf("what answers at %s is no node: %s", address, answer.Status)
	}
	return nil
}

// beside is where a node that listens there is reached from the same machine: one that listens on every address, on that of loopback.
func beside(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", &config.Problem{Key: "listen", Value: listen, Text: "must be host:port, like 127.0.0.1:8080 or :8080"}
	}
	switch ip := net.ParseIP(host); {
	case host == "", ip != nil && ip.IsUnspecified() && ip.To4() != nil:
		host = "127.0.0.1"
	case ip != nil && ip.IsUnspecified():
		host = "::1"
	}
	return net.JoinHostPort(host, port), nil
}

// cause is the innermost error: "connection refused".
func cause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
