package config

import (
	"fmt"
	"time"
)

// Keys says how the keys that sign tokens are kept.
type Keys struct {
	RotateEvery time.Duration `default:"2160h" placeholder:"2160h" help:"How long a key that signs tokens does so before its successor takes over: 7 to 400 days, in hours. All nodes need the same."`
}

// Bounds of RotateEvery: below, several keys would wait and verify beside each other; above, a key that leaked unnoticed would be good for
// too long.
const (
	rotateLeast = 7 * 24 * time.Hour
	rotateMost  = 400 * 24 * time.Hour
)

// Check refuses what no node should be told. Zero is the default.
func (k Keys) Check() error {
	if k.RotateEvery != 0 && (k.RotateEvery < rotateLeast || k.RotateEvery > rotateMost) {
		return problem("keys-rotate-every", fmt.Sprint(k.RotateEvery), "must be between %s and %s", rotateLeast, rotateMost)
	}
	return nil
}
