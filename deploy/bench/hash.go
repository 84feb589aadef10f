package main

import (
	"context"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
)

// hashCost hashes the password of all people on all processors at once, as a busy node does, and returns the hash and its cost in
// milliseconds of CPU.
func hashCost(ctx context.Context) (hash string, ms float64, err error) {
	const each = 10
	lanes := runtime.GOMAXPROCS(0)
	passwords, err := authenticator.NewPasswords(authenticator.PasswordConfig{Parallel: lanes, Wait: time.Minute})
	if err != nil {
		return "", 0, err
	}
	hashes := make([]idp.Secret, lanes)
	before, err := cpu()
	if err != nil {
		return "", 0, err
	}
	group, ctx := errgroup.WithContext(ctx)
	for i := range lanes {
		group.Go(func() error {
			for range each {
				one, err := passwords.Hash(ctx, authenticator.Claim{}, idp.NewSecret(password))
				if err != nil {
					return err
				}
				hashes[i] = one
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return "", 0, err
	}
	after, err := cpu()
	return hashes[0].Reveal(), float64((after - before).Microseconds()) / 1000 / float64(lanes*each), err
}

// cpu is what this process has used of all processors.
func cpu() (time.Duration, error) {
	var used syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()), err
}
