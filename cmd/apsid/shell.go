package main

import (
	"context"
	"io"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
)

// streams are the standard streams of the process.
type streams struct {
	in        io.Reader
	out, errs io.Writer
}

// onServer is how a command on the server itself reaches what the nodes store, with their settings.
type onServer struct {
	config.Stores `embed:""`
	Issuer        string `help:"The URL by which people and apps reach APS ID, as for serve."`
}

// open opens the stores. If needed is true, the issuer must be given.
func (c *onServer) open(ctx context.Context, needed bool) (*server.Console, error) {
	places, err := c.Complete()
	if err != nil {
		return nil, err
	}
	loopback := false
	if c.Issuer != "" || needed {
		issuer, err := config.ParseIssuer(c.Issuer)
		if err != nil {
			return nil, err
		}
		loopback = idp.IsLoopback(issuer.Hostname())
	}
	log, err := newLogger(config.Log{Level: "warn", Format: "text"})
	if err != nil {
		return nil, err
	}
	return server.OpenConsole(ctx, places, loopback, log)
}

// shellCaller is the person who works on the server itself.
func shellCaller() directory.Caller {
	return directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: shellUser()}}
}
