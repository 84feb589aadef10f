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

// The folders below the root of the work tree that pin packages of npm.
const (
	nodeExample    = "deploy/examples/node"
	browserExample = "deploy/examples/browser"
	stockNode      = "internal/stockclients/node"
)

// nodeModules returns the folder node_modules with what the lock file in a folder of the work tree pins, from the npm registry.
func nodeModules(of string) func(context.Context, *environment) (string, error) {
	return func(ctx context.Context, _ *environment) (string, error) {
		root, err := workTree()
		if err != nil {
			return "", err
		}
		manifest, err := os.ReadFile(filepath.Join(root, of, "package.json"))
		if err != nil {
			return "", err
		}
		pinned, err := os.ReadFile(filepath.Join(root, of, "package-lock.json"))
		if err != nil {
			return "", err
		}
		sum := sha256.Sum256(pinned)
		dir, err := cached(ctx, "node-"+hex.EncodeToString(sum[:6]), func(ctx context.Context, dir string) error {
			return installNodeModules(ctx, dir, manifest, pinned)
		})
		return filepath.Join(dir, "node_modules"), err
	}
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
