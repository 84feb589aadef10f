package main

import (
	"context"
	"io"
	"net/url"

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
	places, issuer, err := c.settings(needed)
	if err != nil {
		return nil, err
	}
	log, err := newLogger(config.Log{Level: "warn", Format: "text"})
	if err != nil {
		return nil, err
	}
	return server.OpenConsole(ctx, places, issuer, log)
}

// read opens the database to look, and nothing else: it needs no seal keys.
func (c *onServer) read(ctx context.Context) (*server.Console, error) {
	c.MakeSealKeys = true // says that they may be missing; who only reads makes none
	places, issuer, err := c.settings(false)
	if err != nil {
		return nil, err
	}
	return server.OpenReading(ctx, places, issuer)
}

// settings completes the settings; issuer is nil if it was not given.
func (c *onServer) settings(issuerNeeded bool) (places config.Places, issuer *url.URL, err error) {
	places, err = c.Complete()
	if err != nil || c.Issuer == "" && !issuerNeeded {
		return places, nil, err
	}
	issuer, err = config.ParseIssuer(c.Issuer)
	return places, issuer, err
}

// shellCaller is the person who works on the server itself.
func shellCaller() directory.Caller {
	return directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: shellUser()}}
}
