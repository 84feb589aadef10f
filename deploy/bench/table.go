package main

import (
	"fmt"
	"slices"
)

// measurement is one measurement of a row beside its floor, whose cost is in milliseconds of CPU.
type measurement struct {
	result
	floor float64
}

// String is for who waits.
func (m measurement) String() string {
	return fmt.Sprintf("%.3f ms (node %.3f, stores %.3f), floor %.3f, %.0f/s, p50 %.1f p99 %.1f max %.0f ms, %d errors, others %.1f cores",
		m.cost(), m.node(), m.stores(), m.floor, m.Rate, m.P50, m.P99, m.Max, m.Errors, m.Others)
}

// measurements are those of all rounds.
type measurements []measurement

// of returns the median of what f says of each round, the least and the most.
func (all measurements) of(f func(measurement) float64) (median, least, most float64) {
	values := make([]float64, len(all))
	for i, m := range all {
		values[i] = f(m)
	}
	slices.Sort(values)
	middle := len(values) / 2
	median = values[middle]
	if len(values)%2 == 0 {
		median = (values[middle-1] + median) / 2
	}
	return median, values[0], values[len(values)-1]
}

func (all measurements) median(f func(measurement) float64) float64 {
	median, _, _ := all.of(f)
	return median
}

func heading() string {
	return "| operation | CPU ms, node | CPU ms, stores | floor | x floor (range) | goal | SQL | Redis | a second | p50 ms | p99 ms | p99 / p50 | longest ms | errors | others, cores |\n" +
		"| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |"
}

// line is a row of the table. SQL and Redis are statements and commands an operation; others is what else used the machine meanwhile.
func line(r row, all measurements) string {
	errors := 0
	for _, m := range all {
		errors += m.Errors
	}
	text := fmt.Sprintf("| %s | %.3f | %.3f | %.3f | %s | %s | %.1f | %.1f | %.0f |",
		r.what, all.median(measurement.node), all.median(measurement.stores), all.median(func(m measurement) float64 { return m.floor }),
		times(r, all), goal(r),
		all.median(func(m measurement) float64 { return m.statements }), all.median(func(m measurement) float64 { return m.commands }),
		all.median(func(m measurement) float64 { return m.Rate }))
	if r.name == logoutRow { // no client waits
		return text + " - | - | - | - | - | - |"
	}
	others := fmt.Sprintf("%.1f", all.median(func(m measurement) float64 { return m.Others }))
	if isOwn(r) { // only the load generator looks at what else runs
		others = "-"
	}
	return text + fmt.Sprintf(" %.1f | %.1f | %.1f | %.0f | %d | %s |",
		all.median(func(m measurement) float64 { return m.P50 }), all.median(func(m measurement) float64 { return m.P99 }),
		all.median(func(m measurement) float64 { return m.P99 / m.P50 }), all.median(func(m measurement) float64 { return m.Max }),
		errors, others)
}

// times is how a row compares with its floor, with the least and the most of all rounds.
func times(r row, all measurements) string {
	if r.floor == floorHash {
		median, least, most := all.of(func(m measurement) float64 { return m.cost() - m.floor })
		return fmt.Sprintf("hash + %.1f ms (%.1f to %.1f)", median, least, most)
	}
	median, least, most := all.of(func(m measurement) float64 { return m.cost() / m.floor })
	return fmt.Sprintf("%.1f (%.1f to %.1f)", median, least, most)
}

func goal(r row) string {
	switch {
	case r.goal == 0:
		return "-"
	case r.floor == floorHash:
		return fmt.Sprintf("hash + %.0f ms", r.goal)
	default:
		return fmt.Sprintf("%.1f", r.goal)
	}
}

// sharesHeading is that of which part is full first: of those that nodes share, however many nodes there are.
func sharesHeading() string {
	return "| operation | CPU ms, nodes | Postgres | Redis | a second | cores: nodes | Postgres | Redis | a core of Postgres carries | of Redis |\n" +
		"| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |"
}

// sharesLine tells for each part its CPU for an operation, the cores that it used meanwhile, and, of the parts that are shared, how many
// operations a second one core of it carries.
func sharesLine(r row, all measurements) string {
	rate := all.median(func(m measurement) float64 { return m.Rate })
	nodes, postgres, redis := all.median(measurement.node), all.median(measurement.postgres), all.median(measurement.redis)
	return fmt.Sprintf("| %s | %.3f | %.3f | %.3f | %.0f | %.2f | %.2f | %.2f | %s | %s |", r.what, nodes, postgres, redis, rate,
		nodes*rate/1000, postgres*rate/1000, redis*rate/1000, carries(postgres), carries(redis))
}

// carries is how many operations a second a core carries of which each costs so many milliseconds.
func carries(ms float64) string {
	if ms < 0.001 {
		return "-"
	}
	return thousands(int(1000 / ms))
}
