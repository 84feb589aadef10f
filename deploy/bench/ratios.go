package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// benchmark is what `go test -bench -benchmem` says of one benchmark, once for each round.
type benchmark struct {
	name   string // of its package and of itself
	ns     []float64
	allocs []float64
	heap   float64 // bytes that stay in memory for each thing that the benchmark keeps; 0: it keeps none
}

// least is the time of the round that was disturbed least.
func (b benchmark) least() float64 { return slices.Min(b.ns) }

// noise is how far the middle one of the rounds was above the least, as a share of it.
func (b benchmark) noise() float64 { return median(b.ns)/b.least() - 1 }

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}

// runBenchmarks runs go test with these arguments, and again in each round: what disturbs one moment disturbs a benchmark once.
func runBenchmarks(ctx context.Context, others io.Writer, rounds int, arguments []string) ([]benchmark, error) {
	var said bytes.Buffer
	for range rounds {
		cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-run", "^$", "-benchmem"}, arguments...)...)
		cmd.Stdout, cmd.Stderr = &said, os.Stderr
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("%w: %s", err, said.Bytes())
		}
	}
	return readBenchmarks(&said, others)
}

// readBenchmarks reads the output of go test, and writes on what is none of a benchmark.
func readBenchmarks(from io.Reader, others io.Writer) ([]benchmark, error) {
	found := map[string]*benchmark{}
	var folder string
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		text := lines.Text()
		if name, ok := strings.CutPrefix(text, "pkg: "); ok {
			folder = strings.TrimPrefix(name, modulePath)
			continue
		}
		name, values, ok := parseBenchmark(text)
		if !ok {
			if _, err := fmt.Fprintln(others, text); err != nil {
				return nil, err
			}
			continue
		}
		name = folder + "." + name
		if found[name] == nil {
			found[name] = &benchmark{name: name}
		}
		found[name].ns = append(found[name].ns, values["ns/op"])
		found[name].allocs = append(found[name].allocs, values["allocs/op"])
		found[name].heap = values["heap-B"]
	}
	var all []benchmark
	for _, b := range found {
		all = append(all, *b)
	}
	slices.SortFunc(all, func(a, b benchmark) int { return cmp.Compare(a.name, b.name) })
	return all, lines.Err()
}

const modulePath = "github.com/apscloud/apsid/"

// parseBenchmark reads a line like "BenchmarkSign/ES256-2  1000  123 ns/op  45 B/op  6 allocs/op".
func parseBenchmark(line string) (name string, values map[string]float64, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 4 || len(fields)%2 != 0 {
		return "", nil, false
	}
	name, ok = strings.CutPrefix(fields[0], "Benchmark")
	if i := strings.LastIndexByte(name, '-'); i > 0 { // the number of processors
		name = name[:i]
	}
	values = map[string]float64{}
	for i := 2; i < len(fields); i += 2 {
		value, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return "", nil, false
		}
		values[fields[i+1]] = value
	}
	return name, values, ok && values["ns/op"] > 0
}

// units are the bare costs of a run, by name.
type units map[string]benchmark

// bareName begins the names of the benchmarks that are the units.
const bareName = "deploy/bench.Bare/"

// unitNames are the names of BenchmarkBare.
func unitNames() []string { return []string{"signature", "hash", "select", "get"} }

func unitsOf(all []benchmark) (units, error) {
	u := units{}
	for _, name := range unitNames() {
		i := slices.IndexFunc(all, func(b benchmark) bool { return b.name == bareName+name })
		if i < 0 {
			return nil, fmt.Errorf("BenchmarkBare/%s of deploy/bench was not run: every cost is compared with those", name)
		}
		u[name] = all[i]
	}
	return u, nil
}

// unitOf is the bare cost that a benchmark is made of more than of others.
func unitOf(name string) string {
	switch {
	case strings.HasPrefix(name, "internal/store/sqlstore"):
		return "select"
	case strings.HasPrefix(name, "internal/store/redisstore"):
		return "get"
	case strings.HasPrefix(name, "internal/authenticator"):
		return "hash"
	default:
		return "signature"
	}
}

// printRatios prints each benchmark as multiples of the bare costs.
func printRatios(to io.Writer, all []benchmark, u units) error {
	_, err := fmt.Fprintf(to, "%-64s %12s %10s %11s %9s %9s %9s %7s %9s\n", "benchmark", "ns/op", "allocs/op", "x signature", "x hash", "x SELECT", "x GET", "noise", "heap, B")
	for _, b := range all {
		if err != nil {
			return err
		}
		kept := "-"
		if b.heap > 0 {
			kept = fmt.Sprintf("%.0f", b.heap)
		}
		_, err = fmt.Fprintf(to, "%-64s %12.0f %10.0f %11.2f %9.3f %9.2f %9.2f %6.0f%% %9s\n", b.name, b.least(), slices.Min(b.allocs),
			b.least()/u["signature"].least(), b.least()/u["hash"].least(), b.least()/u["select"].least(), b.least()/u["get"].least(), 100*b.noise(), kept)
	}
	return err
}
