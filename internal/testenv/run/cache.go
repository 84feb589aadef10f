package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

const (
	motoVersion = "5.2.5"
	axeVersion  = "4.14.1"
)

// requirements pins moto and everything below it: pip freeze of a fresh `pip install moto==5.2.5 flask flask-cors`.
//
//go:embed requirements.txt
var requirements []byte

// cached returns a folder of the user's cache that fill filled, once: later runs, and other work trees, find it there.
func cached(ctx context.Context, name string, fill func(ctx context.Context, dir string) error) (string, error) {
	home, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	base := filepath.Join(home, "apsid-test")
	err = os.MkdirAll(base, 0o755)
	if err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(base, name+".lock"))
	if err != nil {
		return "", err
	}
	defer unlock()

	dir := filepath.Join(base, name)
	complete := filepath.Join(dir, ".complete")
	_, err = os.Stat(complete)
	if err == nil {
		return dir, nil
	}
	err = os.RemoveAll(dir) // a run that was interrupted left half of it
	if err != nil {
		return "", err
	}
	err = fill(ctx, dir)
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(complete, nil, 0o644)
}

// lock makes two runs that start together fill the cache one after the other.
func lock(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() { _ = file.Close() }, nil // closing gives the lock up
}

func startMoto(ctx context.Context, e *environment) (string, error) {
	dir, err := cached(ctx, "moto-"+motoVersion, func(ctx context.Context, dir string) error { return installPython(ctx, dir, requirements) })
	if err != nil {
		return "", err
	}
	port, err := freePort(ctx)
	if err != nil {
		return "", err
	}
	endpoint := "http://127.0.0.1:" + port
	cmd := exec.Command(filepath.Join(dir, "bin", "python"), "-m", "moto.server", "-H", "127.0.0.1", "-p", port)
	err = e.start(ctx, cmd, syscall.SIGKILL, answers(endpoint+"/moto-api/"))
	return endpoint, err
}

// installPython makes dir a Python of its own, with the packages that pinned lists.
func installPython(ctx context.Context, dir string, pinned []byte) error {
	python, err := find("python3")
	if err != nil {
		return err
	}
	err = quietly(ctx, dir, python, "-m", "venv", dir)
	if err != nil {
		return err
	}
	list := filepath.Join(dir, "requirements.txt")
	err = os.WriteFile(list, pinned, 0o644)
	if err != nil {
		return err
	}
	return quietly(ctx, dir, filepath.Join(dir, "bin", "python"), "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", list)
}

// fetchAxe returns the path of axe.min.js. It comes from the npm registry and is never committed (it is under the MPL).
func fetchAxe(ctx context.Context, _ *environment) (string, error) {
	dir, err := cached(ctx, "axe-core-"+axeVersion, func(ctx context.Context, dir string) error {
		npm, err := find("npm")
		if err != nil {
			return err
		}
		return quietly(ctx, dir, npm, "install", "--prefix", dir, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "axe-core@"+axeVersion)
	})
	return filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"), err
}

// quietly runs a command in dir; what it prints is seen only if it fails.
func quietly(ctx context.Context, dir, name string, arguments ...string) error {
	err := os.MkdirAll(dir, 0o755)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Dir = dir
	output, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(name), err, output)
	}
	return nil
}

// answers is ready once a GET of address is answered with 200.
func answers(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		if response.StatusCode != http.StatusOK {
			err = errors.New(response.Status)
		}
		return errors.Join(err, response.Body.Close())
	}
}
