package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// nodeExample is the folder of the example in JavaScript, below the root of the work tree.
const nodeExample = "deploy/examples/node"

// fetchNodeModules returns the folder node_modules with what the example's lock file pins, from the npm registry.
func fetchNodeModules(ctx context.Context, _ *environment) (string, error) {
	root, err := workTree()
	if err != nil {
		return "", err
	}
	manifest, err := os.ReadFile(filepath.Join(root, nodeExample, "package.json"))
	if err != nil {
		return "", err
	}
	pinned, err := os.ReadFile(filepath.Join(root, nodeExample, "package-lock.json"))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(pinned)
	dir, err := cached(ctx, "node-"+hex.EncodeToString(sum[:6]), func(ctx context.Context, dir string) error {
		return installNodeModules(ctx, dir, manifest, pinned)
	})
	return filepath.Join(dir, "node_modules"), err
}

func installNodeModules(ctx context.Context, dir string, manifest, pinned []byte) error {
	npm, err := find("npm")
	if err != nil {
		return err
	}
	err = os.MkdirAll(dir, 0o755)
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{"package.json": manifest, "package-lock.json": pinned} {
		err = os.WriteFile(filepath.Join(dir, name), text, 0o644)
		if err != nil {
			return err
		}
	}
	return quietly(ctx, dir, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
}

// workTree is the folder of go.mod, at or above the current one.
func workTree() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		_, err = os.Stat(filepath.Join(dir, "go.mod"))
		if err == nil || !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return dir, err
		}
		dir = filepath.Dir(dir)
	}
}
