package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
)

// The folders below the root of the work tree that pin packages of Python.
const (
	pythonExample = "deploy/examples/api-python"
	stockPython   = "internal/stockclients/python"
)

// python returns the path of a Python that has what requirements.txt in a folder of the work tree pins, from the Python Package Index.
func python(of string) func(context.Context, *environment) (string, error) {
	return func(ctx context.Context, _ *environment) (string, error) {
		root, err := workTree()
		if err != nil {
			return "", err
		}
		pinned, err := os.ReadFile(filepath.Join(root, of, "requirements.txt"))
		if err != nil {
			return "", err
		}
		sum := sha256.Sum256(pinned)
		dir, err := cached(ctx, "python-"+hex.EncodeToString(sum[:6]), func(ctx context.Context, dir string) error {
			return installPython(ctx, dir, pinned)
		})
		return filepath.Join(dir, "bin", "python"), err
	}
}
