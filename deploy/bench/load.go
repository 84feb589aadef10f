package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/apscloud/apsid/internal/testenv"
)

// settings are what is measured, with what, and how often.
type settings struct {
	program, generator, rows string
	profiled, profiles       string // the program that serves with profiles, and the folder they go to; "": none are taken
	rounds, workers, nodes   int
	open                     float64 // share of the rate that was measured; 0: requests are not sent at a fixed rate
	duration                 time.Duration
	flags                    *flag.FlagSet
}

func (s *settings) parse(arguments []string) error {
	flags := s.flags
	flags.StringVar(&s.program, "apsid", "bin/apsid", "the program that is measured")
	flags.StringVar(&s.generator, "loadgen", "loadgen", "the load generator")
	flags.StringVar(&s.rows, "rows", "", "names of rows, separated by commas; all if empty")
	flags.IntVar(&s.rounds, "n", 5, "how many times each row is measured; the median counts")
	flags.IntVar(&s.workers, "c", 8, "how many workers carry out operations at the same time")
	flags.DurationVar(&s.duration, "d", 6*time.Second, "how long each measurement takes")
	flags.IntVar(&s.nodes, "nodes", 1, "how many nodes share the stores")
	flags.Float64Var(&s.open, "open", 0, "send requests at this share of the rate that was measured, whether or not they are answered; 0: do not")
	flags.StringVar(&s.profiles, "profiles", "", "folder for profiles of each row; none are taken if empty. The node is this build then")
	flags.StringVar(&s.profiled, "profiled", "bin/profiled", "the program that serves with profiles")
	return flags.Parse(arguments)
}

// start starts all that the rows are measured with.
func (s *settings) start(ctx context.Context) (*bench, []row, error) {
	picked, err := chosen(s.rows)
	if err != nil {
		return nil, nil, err
	}
	b, err := newBench(ctx, *s)
	return b, picked, err
}

// load measures rows beside their floors, and prints them as a table.
func load(ctx context.Context, arguments []string) (err error) {
	s := settings{flags: flag.NewFlagSet("load", flag.ContinueOnError)}
	if err := s.parse(arguments); err != nil {
		return err
	}
	b, picked, err := s.start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	measured := make([]measurements, len(picked))
	for i := range s.rounds {
		for j, r := range picked {
			one, err := b.measure(ctx, r)
			if err != nil {
				return err
			}
			measured[j] = append(measured[j], one)
			fmt.Fprintf(os.Stderr, "%d/%d %s: %s\n", i+1, s.rounds, r.name, one)
		}
	}
	fmt.Println(heading())
	for j, r := range picked {
		fmt.Println(line(r, measured[j]))
	}
	fmt.Printf("\nOne argon2id hash: %.1f ms of CPU. %d rounds of %s, %d workers, %d nodes.\n", b.hash, s.rounds, s.duration, s.workers, s.nodes)
	fmt.Println("\n" + sharesHeading())
	for j, r := range picked {
		fmt.Println(sharesLine(r, measured[j]))
	}
	if s.open > 0 {
		return b.printOpen(ctx, picked, measured, s.open)
	}
	return nil
}

// bench is all that runs while it is measured.
type bench struct {
	dir      string
	stores   *stores
	nodes    []*node
	balancer *balancer // nil: there is one node
	gen      *generator
	profiles *profiles // nil: none
	hash     float64   // ms of CPU
}

func newBench(ctx context.Context, s settings) (b *bench, err error) {
	program, err := findGenerator(s.generator)
	if err != nil {
		return nil, err
	}
	b = &bench{}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	if b.dir, err = os.MkdirTemp("", "apsid-bench-"); err != nil {
		return nil, err
	}
	hash, cost, err := hashCost(ctx)
	if err != nil {
		return nil, err
	}
	b.hash = cost
	redis := os.Getenv(testenv.RedisVariable)
	stores, database, err := openStores(ctx, os.Getenv(testenv.DurableVariable), redis)
	if err != nil {
		return nil, err
	}
	b.stores = stores
	if err := b.startNodes(ctx, s, node{program: s.program, server: s.program, dir: b.dir, database: database, redis: redis}, hash); err != nil {
		return nil, err
	}
	b.gen, err = newGenerator(ctx, program, b.dir, b.nodes, database, redis, s.workers, s.duration)
	return b, err
}

// startNodes provisions the first node as one describes it, and starts all of them: they have one address.
func (b *bench) startNodes(ctx context.Context, s settings, one node, hash string) error {
	if s.profiles != "" {
		var err error
		if b.profiles, err = newProfiles(ctx, s.profiles); err != nil {
			return err
		}
		one.server, one.profiles = s.profiled, b.profiles.address
	}
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	one.base = "http://127.0.0.1:" + port
	if err := one.provision(ctx, hash, s.workers); err != nil {
		return err
	}
	if s.nodes == 1 {
		b.nodes = []*node{&one}
		return one.serve(ctx, "127.0.0.1:"+port)
	}
	var addresses []string
	for range s.nodes {
		own, err := freePort(ctx)
		if err != nil {
			return err
		}
		next := one
		b.nodes, addresses = append(b.nodes, &next), append(addresses, "127.0.0.1:"+own)
		if err := next.serve(ctx, addresses[len(addresses)-1]); err != nil {
			return err
		}
		one.profiles = "" // those of the first are taken
		one.server = one.program
	}
	b.balancer, err = newBalancer(ctx, "127.0.0.1:"+port, addresses)
	return err
}

func (b *bench) close() (err error) {
	if b.gen != nil {
		err = b.gen.close()
	}
	if b.balancer != nil {
		err = errors.Join(err, b.balancer.close())
	}
	for _, n := range b.nodes {
		if n.process != nil {
			err = errors.Join(err, n.end())
		}
	}
	if b.stores != nil {
		err = errors.Join(err, b.stores.close(context.Background()))
	}
	return errors.Join(err, os.RemoveAll(b.dir))
}

// measure measures the floor of a row and then the row.
func (b *bench) measure(ctx context.Context, r row) (m measurement, err error) {
	m.floor = b.hash
	if r.floor != floorHash {
		floor, err := b.gen.measureFloor(ctx, r.floor)
		if err != nil {
			return m, err
		}
		m.floor = floor.cost() * r.requests
	}
	if r.name == logoutRow {
		m.result, err = b.measureLogouts(ctx, r)
		return m, err
	}
	taken := make(chan error, 1)
	go func() { taken <- b.profiles.take(ctx, r, warmup, b.gen.duration) }()
	if isOwn(r) {
		m.result, err = b.measureOwn(ctx, r)
	} else {
		m.result, err = b.gen.measure(ctx, r, b.stores)
	}
	return m, errors.Join(err, <-taken)
}
