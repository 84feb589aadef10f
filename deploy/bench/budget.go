package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// budget is what benchmarks may cost: by name, as multiples of the bare cost that unitOf names, and in allocations.
type budget map[string]allowance

type allowance struct {
	Ratio  float64 `json:"ratio"`
	Allocs float64 `json:"allocs"`
}

const (
	leastNoise  = 0.10 // a quiet run may still differ from the one of the budget by where its code and memory lie
	allocsNoise = 0.03 // beside what the rounds differ by: maps grow, and pools are emptied, at other times
)

func readBudget(file string) (budget, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var b budget
	return b, json.Unmarshal(text, &b)
}

func (b budget) write(file string) error {
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// newBudget is what a run has cost.
func newBudget(all []benchmark, u units) budget {
	b := budget{}
	for _, one := range all {
		if !strings.HasPrefix(one.name, bareName) {
			b[one.name] = allowance{Ratio: rounded(one.least() / u[unitOf(one.name)].least()), Allocs: slices.Min(one.allocs)}
		}
	}
	return b
}

func rounded(ratio float64) float64 {
	var short float64
	_, _ = fmt.Sscan(fmt.Sprintf("%.3g", ratio), &short) // it reads what was just printed
	return short
}

// judge compares a run with the budget. A change counts if it is larger than the noise of the benchmark and of its unit in the run.
func (b budget) judge(all []benchmark, u units) (worse, better []string) {
	now := newBudget(all, u)
	for _, one := range all {
		was, known := b[one.name]
		is, compared := now[one.name]
		if !known || !compared {
			continue
		}
		noise := max(one.noise()+u[unitOf(one.name)].noise(), leastNoise)
		switch text := fmt.Sprintf("%s: %.3g of a bare %s, which was %.3g (noise %.0f%%)", one.name, is.Ratio, unitOf(one.name), was.Ratio, 100*noise); {
		case is.Ratio > was.Ratio*(1+noise):
			worse = append(worse, text)
		case is.Ratio < was.Ratio/(1+noise):
			better = append(better, text)
		}
		if is.Allocs > was.Allocs*(slices.Max(one.allocs)/max(is.Allocs, 1)+allocsNoise)+0.5 {
			worse = append(worse, fmt.Sprintf("%s: %.0f allocations, which were %.0f", one.name, is.Allocs, was.Allocs))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if _, run := now[name]; !run {
			worse = append(worse, name+": is in the budget and was not run")
		}
	}
	return worse, better
}

// ratios runs go test and prints what it says of benchmarks as multiples of bare costs, and compares them with a budget or writes one.
func ratios(ctx context.Context, to io.Writer, arguments []string) error {
	flags := flag.NewFlagSet("ratios", flag.ContinueOnError)
	file := flags.String("budget", "", "compare with this budget, and fail if anything costs more")
	rounds := flags.Int("n", 1, "how often all benchmarks are run")
	update := flags.Bool("update", false, "write the budget instead")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	all, err := runBenchmarks(ctx, to, *rounds, flags.Args())
	if err != nil {
		return err
	}
	u, err := unitsOf(all)
	if err != nil {
		return err
	}
	if err := printRatios(to, all, u); err != nil || *file == "" {
		return err
	}
	if *update {
		return newBudget(all, u).write(*file)
	}
	b, err := readBudget(*file)
	if err != nil {
		return err
	}
	worse, better := b.judge(all, u)
	for _, line := range better {
		if _, err := fmt.Fprintln(to, "less than its budget, which can be lowered:", line); err != nil {
			return err
		}
	}
	if len(worse) > 0 {
		return fmt.Errorf("over the budget:\n%s", strings.Join(worse, "\n"))
	}
	return nil
}
