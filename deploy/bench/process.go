package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// processes are the nodes and their stores, by the names that the load generator gives them.
func (b *bench) processes(ctx context.Context) (map[string]int, error) {
	postgres, redis, err := b.stores.processes(ctx)
	pids := map[string]int{"postgres": postgres, "redis": redis}
	for i, n := range b.nodes {
		pids[serverName+strconv.Itoa(i+1)] = n.process.Process.Pid
	}
	return pids, err
}

// used is what processes and their children have used until now, in milliseconds of CPU.
func used(pids map[string]int) (map[string]float64, error) {
	all := map[string]float64{}
	for name, pid := range pids {
		ms, err := usedBy(pid)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all[name] = ms
	}
	return all, nil
}

const (
	// Places of fields in /proc/PID/stat after the name (proc(5)).
	parentField = 1
	usedField   = 11 // the first of four: of the process and of children that have ended, in user and in system mode
	tick        = 10 // milliseconds: USER_HZ is 100 wherever Linux runs
)

// usedBy is what a process and its children have used.
func usedBy(pid int) (ms float64, err error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	of := strconv.Itoa(pid)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended meanwhile; its parent counts it
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		if filepath.Base(filepath.Dir(file)) != of && fields[parentField] != of {
			continue
		}
		for _, field := range fields[usedField : usedField+4] {
			ticks, err := strconv.ParseFloat(field, 64)
			if err != nil {
				return 0, err
			}
			ms += ticks * tick
		}
	}
	return ms, nil
}

// processes returns the servers' process identifiers: that of Postgres is the parent of the process behind a connection.
func (s *stores) processes(ctx context.Context) (postgres, redis int, err error) {
	var backend int
	if err := s.sql.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		return 0, 0, err
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", backend))
	if err != nil {
		return 0, 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	if postgres, err = strconv.Atoi(strings.Fields(rest)[parentField]); err != nil {
		return 0, 0, err
	}
	info, err := s.redis.InfoMap(ctx, "server").Result()
	if err != nil {
		return 0, 0, err
	}
	redis, err = strconv.Atoi(info["Server"]["process_id"])
	return postgres, redis, err
}
