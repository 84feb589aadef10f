package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// event is one line of go test -json (see go doc test2json).
type event struct {
	Action  string
	Package string
	Test    string
	Elapsed float64 // seconds
	Output  string
}

// timed is a test or a package that has ended.
type timed struct {
	name string
	took time.Duration
}

// results collects what the tests did, and prints of it what go test without -json prints.
type results struct {
	w      io.Writer
	text   map[string]map[string]*strings.Builder // by package and test, until the package ends
	failed map[string]map[string]bool             // tests, and those that have not ended
	parent map[string]bool                        // tests that have subtests: their time is that of the subtests

	counts   map[string]int // of ended tests, by action
	tests    []timed
	packages []timed
}

func newResults(w io.Writer) *results {
	return &results{
		w: w, text: map[string]map[string]*strings.Builder{}, failed: map[string]map[string]bool{}, parent: map[string]bool{},
		counts: map[string]int{},
	}
}

// read takes in the events until there are no more. A line that is none is printed as it is.
func (r *results) read(lines io.Reader) error {
	scanner := bufio.NewReader(lines)
	for {
		line, err := scanner.ReadBytes('\n')
		var e event
		switch {
		case len(line) == 0:
		case json.Unmarshal(line, &e) == nil && e.Action != "":
			r.take(e)
		default:
			fmt.Fprintf(r.w, "%s", line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *results) take(e event) {
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.w, e.Output)
	case "run":
		r.of(e.Package)
		r.failed[e.Package][e.Test] = true
		if at := strings.LastIndex(e.Test, "/"); at >= 0 {
			r.parent[e.Package+" "+e.Test[:at]] = true
		}
	case "output":
		if strings.HasPrefix(e.Output, "=== ") {
			return // where a test began, paused and went on
		}
		text := r.of(e.Package)
		if text[e.Test] == nil {
			text[e.Test] = &strings.Builder{}
		}
		text[e.Test].WriteString(e.Output)
	case "pass", "fail", "skip":
		r.end(e)
	}
}

func (r *results) of(name string) map[string]*strings.Builder {
	if r.text[name] == nil {
		r.text[name], r.failed[name] = map[string]*strings.Builder{}, map[string]bool{}
	}
	return r.text[name]
}

// end is told of the end of a test or, without one, of a package.
func (r *results) end(e event) {
	took := time.Duration(e.Elapsed * float64(time.Second))
	text := r.of(e.Package)
	if e.Test == "" {
		r.print(e)
		delete(r.text, e.Package)
		delete(r.failed, e.Package)
		r.packages = append(r.packages, timed{e.Package, took})
		return
	}
	r.counts[e.Action]++
	r.tests = append(r.tests, timed{e.Package + " " + e.Test, took})
	if e.Action != "fail" {
		delete(text, e.Test)
		delete(r.failed[e.Package], e.Test)
	}
}
