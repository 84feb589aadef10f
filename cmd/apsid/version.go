package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// versionCommand prints what was built.
type versionCommand struct{}

// Run implements the command.
func (versionCommand) Run(out io.Writer) error {
	version, revision := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = " " + setting.Value
			}
		}
	}
	_, err := fmt.Fprintf(out, "apsid %s%s %s\n", version, revision, runtime.Version())
	return err
}
