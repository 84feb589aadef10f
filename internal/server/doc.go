// Package server composes the program: it opens the stores, builds the services over them, mounts the surfaces on one mux, and
// runs the listeners and the work in the background until it is told to stop.
//
// It is the only package that imports all the others, so it holds what connects one to another (ports with callbacks, views of
// pages) and nothing else: no rule, no query, no page. Commands and tests use the same composition; the clock and the senders of
// messages are given to it.
package server
