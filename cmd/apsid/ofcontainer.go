package main

import (
	"errors"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"github.com/apscloud/apsid/internal/config"
)

// ofContainer are the commands that a container runs: one when it starts, the other every few seconds. The whole command line takes
// longer to build than the rest of either takes before it does its work.
type ofContainer struct {
	Config kong.ConfigFlag

	Serve  serveCommand  `cmd:""`
	Health healthCommand `cmd:""`
}

// errWhole says that the whole command line has to look at the arguments.
var errWhole = errors.New("not for the short command line")

// parseOfContainer parses the arguments of such a command that are right, and prints nothing. Of what is wrong, and of settings that
// belong to other commands, the whole command line knows what to say.
func parseOfContainer(args []string, bound []kong.Option) (*kong.Context, error) {
	if len(args) == 0 || args[0] != "serve" && args[0] != "health" {
		return nil, errWhole
	}
	var c ofContainer
	asked := false // for help
	parser, err := newParser(&c, io.Discard, io.Discard, append(bound, kong.Exit(func(int) { asked = true }))...)
	if err != nil {
		return nil, err
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return nil, err
	}
	if asked {
		return nil, errWhole
	}
	return parsed, config.CheckEnvironment(parser.Model, os.Environ())
}
