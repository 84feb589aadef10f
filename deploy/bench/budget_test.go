package main

import (
	"bytes"
	"strings"
	"testing"
)

const said = `goos: linux
pkg: github.com/apscloud/apsid/deploy/bench
BenchmarkBare/signature-2         	   10000	     20000 ns/op	    6000 B/op	      60 allocs/op
BenchmarkBare/signature-2         	   10000	     21000 ns/op	    6000 B/op	      60 allocs/op
BenchmarkBare/hash-2              	      50	  20000000 ns/op	 19000000 B/op	      30 allocs/op
BenchmarkBare/select-2            	   10000	    100000 ns/op	     400 B/op	       8 allocs/op
BenchmarkBare/get-2               	   30000	     50000 ns/op	     200 B/op	       6 allocs/op
pkg: github.com/apscloud/apsid/internal/oidcop
BenchmarkRefresh-2                	    1000	    200000 ns/op	   50000 B/op	     500 allocs/op
BenchmarkRefresh-2                	    1000	    210000 ns/op	   50000 B/op	     501 allocs/op
BenchmarkRefresh-2                	    1000	    990000 ns/op	   50000 B/op	     500 allocs/op
PASS
`

func readSaid(t *testing.T) ([]benchmark, units) {
	t.Helper()
	var others bytes.Buffer
	all, err := readBenchmarks(strings.NewReader(said), &others)
	fatal(t, err)
	if others.String() != "goos: linux\nPASS\n" {
		t.Errorf("written on: %q", others.String())
	}
	u, err := unitsOf(all)
	fatal(t, err)
	return all, u
}

func TestWhatABenchmarkKeepsInMemoryIsPrinted(t *testing.T) {
	with := strings.Replace(said, "PASS", "BenchmarkHeld/client-2 	 10	 200000 ns/op	 5120 heap-B	 50000 B/op	 500 allocs/op", 1)
	all, err := readBenchmarks(strings.NewReader(with), &bytes.Buffer{})
	fatal(t, err)
	u, err := unitsOf(all)
	fatal(t, err)
	var printed bytes.Buffer
	fatal(t, printRatios(&printed, all, u))
	for line := range strings.Lines(printed.String()) {
		if kept := strings.HasSuffix(line, " 5120\n"); kept != strings.Contains(line, "Held/client") {
			t.Errorf("%q", line)
		}
	}
}

func TestABenchmarkIsComparedWithItsBareCost(t *testing.T) {
	all, u := readSaid(t)
	b := newBudget(all, u)
	if want := (allowance{Ratio: 10, Allocs: 500}); b["internal/oidcop.Refresh"] != want {
		t.Errorf("got %+v, want %+v", b["internal/oidcop.Refresh"], want)
	}
	if len(b) != 1 {
		t.Errorf("a bare cost is compared with another: %v", b)
	}
	if _, err := unitsOf(all[1:]); err == nil {
		t.Error("a run without all bare costs is taken")
	}
}

// In what was said, the noise of the benchmark is 5 %, that of its unit 2.5 %, and so the least noise of 10 % holds.
func TestAChangeCountsIfItIsLargerThanTheNoise(t *testing.T) {
	for name, c := range map[string]struct {
		was           allowance
		worse, better int
	}{
		"the same":                {allowance{10, 500}, 0, 0},
		"a little more":           {allowance{9.3, 500}, 0, 0},
		"more than the noise":     {allowance{8.5, 500}, 1, 0},
		"a little less":           {allowance{10.8, 500}, 0, 0},
		"less than the noise":     {allowance{12, 500}, 0, 1},
		"more allocations":        {allowance{10, 480}, 1, 0},
		"a few more allocations":  {allowance{10, 490}, 0, 0},
		"more of both":            {allowance{5, 100}, 2, 0},
		"fewer allocations alone": {allowance{10, 900}, 0, 0},
	} {
		all, u := readSaid(t)
		b := newBudget(all, u)
		b["internal/oidcop.Refresh"] = c.was
		if worse, better := b.judge(all, u); len(worse) != c.worse || len(better) != c.better {
			t.Errorf("%s: worse %q, better %q", name, worse, better)
		}
	}
}

func TestANoisyRunJudgesLess(t *testing.T) {
	all, u := readSaid(t)
	b := newBudget(all, u)
	b["internal/oidcop.Refresh"] = allowance{5, 500}
	for i := range all {
		if all[i].name == "internal/oidcop.Refresh" {
			all[i].ns = []float64{200000, 500000, 600000}
		}
	}
	if worse, _ := b.judge(all, u); len(worse) != 0 {
		t.Errorf("judged: %q", worse)
	}
}

func TestABenchmarkThatIsGoneIsMissed(t *testing.T) {
	all, u := readSaid(t)
	b := newBudget(all, u)
	b["internal/oidcop.Removed"] = allowance{1, 1}
	if worse, _ := b.judge(all, u); len(worse) != 1 {
		t.Errorf("worse: %q", worse)
	}
}

func TestTheMedianOfRoundsCounts(t *testing.T) {
	all := measurements{{floor: 2, result: result{CPU: map[string]float64{"server": 4}}}, {floor: 1, result: result{CPU: map[string]float64{"server": 9}}},
		{floor: 1, result: result{CPU: map[string]float64{"server": 1, "postgres": 2}}}}
	if got := times(row{floor: floorHTTP}, all); got != "3.0 (2.0 to 9.0)" {
		t.Errorf("got %s", got)
	}
	if got := times(row{floor: floorHash}, all); got != "hash + 2.0 ms (2.0 to 8.0)" {
		t.Errorf("got %s", got)
	}
}

func TestRowsAreChosenByName(t *testing.T) {
	if picked, err := chosen("refresh,cc"); err != nil || len(picked) != 2 || picked[0].name != "refresh" {
		t.Errorf("got %v, %v", picked, err)
	}
	if picked, err := chosen(""); err != nil || len(picked) != len(rows()) {
		t.Errorf("all: %d, %v", len(picked), err)
	}
	if _, err := chosen("refrsh"); err == nil || !strings.Contains(err.Error(), "refresh") {
		t.Errorf("a name that is none: %v", err)
	}
}
