package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// longest is how many of the slowest are listed.
const longest = 10

// print shows what go test does when a package has ended: all that belongs to failures, and the line with the result.
func (r *results) print(e event) {
	own := r.text[e.Package][""]
	if own == nil {
		return
	}
	if e.Action == "fail" {
		for _, test := range slices.Sorted(maps.Keys(r.failed[e.Package])) {
			if text := r.text[e.Package][test]; text != nil {
				fmt.Fprint(r.w, text)
			}
		}
		fmt.Fprint(r.w, own)
		return
	}
	for line := range strings.Lines(own.String()) {
		if strings.HasPrefix(line, "ok ") || strings.HasPrefix(line, "? ") || strings.HasPrefix(line, "\t"+e.Package) {
			fmt.Fprint(r.w, line)
		}
	}
}

// summarise lists what took longest and, alone on the last line, how many tests there were. Subtests count as tests.
func (r *results) summarise(passed bool) {
	if !passed {
		fmt.Fprintln(r.w, "FAIL")
	}
	r.tests = slices.DeleteFunc(r.tests, func(t timed) bool { return r.parent[t.name] })
	r.list("packages", r.packages)
	r.list("tests", r.tests)
	fmt.Fprintf(r.w, "\n%d passed, %d failed", r.counts["pass"], r.counts["fail"])
	if skipped := r.counts["skip"]; skipped > 0 {
		fmt.Fprintf(r.w, ", %d skipped", skipped)
	}
	fmt.Fprintln(r.w)
}

func (r *results) list(what string, all []timed) {
	slices.SortStableFunc(all, func(a, b timed) int { return cmp.Compare(b.took, a.took) })
	fmt.Fprintf(r.w, "\nThe slowest %s:\n", what)
	for _, one := range all[:min(longest, len(all))] {
		fmt.Fprintf(r.w, "%8.1fs  %s\n", one.took.Round(100*time.Millisecond).Seconds(), one.name)
	}
}
