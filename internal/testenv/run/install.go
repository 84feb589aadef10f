package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// program is something that has to be on the machine, and the Debian package it is in.
type program struct{ name, pkg string }

// find returns the path of a program. Debian keeps Postgres out of PATH, and Chromium goes by several names.
func find(name string) (string, error) {
	candidates := []string{name}
	switch name {
	case "initdb":
		versions, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
		if err != nil {
			return "", err
		}
		slices.Reverse(versions)
		candidates = append(candidates, versions...)
	case "postgres":
		return beside("initdb", "postgres") // of the same version: another one can't read the cluster
	case "chromium":
		candidates = append(candidates, "chromium-browser", "google-chrome", "google-chrome-stable")
	case "python3":
		candidates = []string{"/usr/bin/python3", name} // the distribution's first: the one its venv package belongs to
	case "apache2":
		candidates = append(candidates, "/usr/sbin/apache2") // which PATH has for root only
	case "libc":
		return existing("/usr/include/stdlib.h")
	case "DejaVu Sans": // the pictures of the style page are compared in it
		return existing("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
	case "mod_auth_openidc":
		return existing("/usr/lib/apache2/modules/mod_auth_openidc.so")
	}
	for _, candidate := range candidates {
		path, err := exec.LookPath(candidate)
		if err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed", name)
}

// existing returns the path of a file that is no program, if it is there.
func existing(path string) (string, error) {
	_, err := os.Stat(path)
	return path, err
}

// beside returns the path of the program called name in the folder that another one really is in.
func beside(other, name string) (string, error) {
	path, err := find(other)
	if err != nil {
		return "", err
	}
	path, err = filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return exec.LookPath(filepath.Join(filepath.Dir(path), name))
}

// present reports whether a program is there. Python's venv is a module, which Debian packages apart.
func present(ctx context.Context, p program) bool {
	if p.name != "venv" {
		_, err := find(p.name)
		return err == nil
	}
	python, err := find("python3")
	if err != nil {
		return false
	}
	return exec.CommandContext(ctx, python, "-c", "import venv, ensurepip").Run() == nil
}

// missing lists the packages of programs that are not there.
func missing(ctx context.Context, wanted []service) []string {
	var packages []string
	for _, s := range wanted {
		for _, p := range s.programs {
			if !present(ctx, p) {
				packages = append(packages, p.pkg)
			}
		}
	}
	slices.Sort(packages)
	return slices.Compact(packages)
}

// install brings what is missing from the distribution, or says what to install where it may not.
func install(ctx context.Context, wanted []service) error {
	packages := missing(ctx, wanted)
	if len(packages) == 0 {
		return nil
	}
	_, noApt := exec.LookPath("apt-get")
	if os.Geteuid() != 0 || noApt != nil {
		return fmt.Errorf("not installed, and only root on Debian may: apt-get install %s", strings.Join(packages, " "))
	}
	err := apt(ctx, "update", "-q")
	if err != nil {
		return err
	}
	err = apt(ctx, append([]string{"install", "-q", "-y", "--no-install-recommends"}, packages...)...)
	if err != nil {
		return err
	}
	if still := missing(ctx, wanted); len(still) > 0 {
		return fmt.Errorf("installed, but still without what they should bring: %s", strings.Join(still, " "))
	}
	return nil
}

func apt(ctx context.Context, arguments ...string) error {
	cmd := exec.CommandContext(ctx, "apt-get", arguments...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr // what the tests print stays apart
	err := cmd.Run()
	if err != nil {
		return fmt.Errorf("apt-get %s: %w", arguments[0], err)
	}
	return nil
}
