package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// growth measures rows while there are more and more people, each with a session, a refresh token and an event, and prints what they
// cost at each size, and what one of each takes.
func growth(ctx context.Context, arguments []string) (err error) {
	flags := flag.NewFlagSet("growth", flag.ContinueOnError)
	s := settings{flags: flags}
	list := flags.String("sizes", "10,1000,100000", "how many people there are, in turn: ascending, separated by commas")
	picture := flags.String("plot", "", "file for a plot, SVG; none is written if empty")
	if err := s.parse(arguments); err != nil {
		return err
	}
	var sizes []int
	for text := range strings.SplitSeq(*list, ",") {
		size, err := strconv.Atoi(text)
		if err != nil || size < 1 {
			return fmt.Errorf("%q is no number of people", text)
		}
		sizes = append(sizes, size)
	}
	b, picked, err := s.start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	if _, err := b.gen.run(ctx, "target.json", "code_sso", s.duration, nil); err != nil { // whose rows are copied
		return err
	}
	rows := make([]grown, len(picked))
	for i, r := range picked {
		rows[i].row = r
	}
	fmt.Println(growthHeading(picked))
	for _, size := range sizes {
		if err := b.stores.grow(ctx, size); err != nil {
			return err
		}
		line, err := b.growthLine(ctx, size, rows, s.rounds)
		if err != nil {
			return err
		}
		fmt.Println(line)
	}
	if *picture != "" {
		if err := plot(*picture, sizes, rows); err != nil {
			return err
		}
	}
	return b.printSizes(ctx)
}

func growthHeading(picked []row) string {
	text, rule := "| people |", "| --: |"
	for _, r := range picked {
		text += " " + r.name + " |"
		rule += " --: |"
	}
	return text + " node, MiB | Postgres, MiB | Redis, MiB |\n" + rule + " --: | --: | --: |"
}

// growthLine is the median of what each row costs as a multiple of its floor, with the blocks that a statement of it looks at; and what
// is used by then. It adds both to the rows.
func (b *bench) growthLine(ctx context.Context, size int, rows []grown, rounds int) (string, error) {
	text := "| " + thousands(size) + " |"
	for i := range rows {
		var all measurements
		for range rounds {
			one, err := b.measure(ctx, rows[i].row)
			if err != nil {
				return "", err
			}
			all = append(all, one)
			fmt.Fprintf(os.Stderr, "%d people, %s: %s\n", size, rows[i].row.name, one)
		}
		cost, blocks := all.median(func(m measurement) float64 { return m.cost() / m.floor }), all.median(blocksEach)
		rows[i].costs, rows[i].blocks = append(rows[i].costs, cost), append(rows[i].blocks, blocks)
		text += fmt.Sprintf(" %.1f; %.1f blocks |", cost, blocks)
	}
	node, err := resident(b.nodes[0].process.Process.Pid)
	if err != nil {
		return "", err
	}
	postgres, redis, err := b.stores.sizes(ctx)
	return text + fmt.Sprintf(" %.0f | %.0f | %.1f |", node, postgres, redis), err
}

// blocksEach is how many blocks one statement looked at; 0 if there was none.
func blocksEach(m measurement) float64 { return m.blocks / max(m.statements, 0.1) }

// resident is what a process has in memory, in MiB.
func resident(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseFloat(strings.Fields(string(text))[1], 64)
	return pages * float64(os.Getpagesize()) / (1 << 20), err
}
