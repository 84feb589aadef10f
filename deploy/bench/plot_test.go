package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestThePlotShowsEachRowAtEachSize(t *testing.T) {
	file := filepath.Join(t.TempDir(), "growth.svg")
	fatal(t, plot(file, []int{10, 1000, 1000000}, []grown{
		{row: row{name: "userinfo"}, costs: []float64{10, 10, 20}, blocks: []float64{1, 2, 3}},
		{row: row{name: "refresh"}, costs: []float64{30, 33, 27}, blocks: []float64{4, 4, 5}},
	}))
	text, err := os.ReadFile(file)
	fatal(t, err)
	count := map[string]int{}
	for decoder := xml.NewDecoder(strings.NewReader(string(text))); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		fatal(t, err)
		if element, begins := token.(xml.StartElement); begins {
			count[element.Name.Local]++
		}
	}
	if count["circle"] != 2*2*3 || count["polyline"] != 2*2 || count["rect"] != 1 {
		t.Errorf("%v", count)
	}
	for _, name := range []string{">1,000,000<", ">userinfo<", ">refresh<", "prefers-color-scheme: dark"} {
		if !strings.Contains(string(text), name) {
			t.Errorf("no %s in %s", name, text)
		}
	}
}

func TestACurveRisesWithItsCost(t *testing.T) {
	p := newPanel("", 60, []int{10, 100}, []grown{{}}, [][]float64{{1, 2}})
	first, last := p.Lines[0].Dots[0], p.Lines[0].Dots[1]
	if first[0] != 60 || last[0] != 60+panelWidth || last[1] >= first[1] || last[1] <= panelTop {
		t.Errorf("from %v to %v", first, last)
	}
	levels := p.Levels
	if !slices.IsSortedFunc(levels, func(a, b mark) int { return int(b.At - a.At) }) || levels[0].Text != "0.0" {
		t.Errorf("%v", levels)
	}
}

func TestNodesShareTheirColumn(t *testing.T) {
	r := result{CPU: map[string]float64{"server1": 1, "server2": 2, "balancer": 4, "postgres": 8, "redis": 16}}
	if r.node() != 3 || r.stores() != 24 {
		t.Errorf("nodes %v, stores %v", r.node(), r.stores())
	}
	r.Rate = 500
	if line := sharesLine(row{what: "x"}, measurements{{result: r}}); !strings.HasSuffix(line, "| 1.50 | 4.00 | 8.00 | 125 | 62 |") {
		t.Error(line)
	}
}
