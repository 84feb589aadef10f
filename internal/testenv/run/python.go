package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
)

// pythonExample is the folder of the example in Python, below the root of the work tree.
const pythonExample = "deploy/examples/api-python"

// fetchPython returns the path of a Python that has what the example pins, from the Python Package Index.
func fetchPython(ctx context.Context, _ *environment) (string, error) {
	root, err := workTree()
	if err != nil {
		return "", err
	}
	pinned, err := os.ReadFile(filepath.Join(root, pythonExample, "requirements.txt"))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(pinned)
	dir, err := cached(ctx, "python-"+hex.EncodeToString(sum[:6]), func(ctx context.Context, dir string) error {
		return installPython(ctx, dir, pinned)
	})
	return filepath.Join(dir, "bin", "python"), err
}
