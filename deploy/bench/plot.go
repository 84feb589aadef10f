package main

import (
	_ "embed"
	"fmt"
	"math"
	"os"
	"strings"
	"text/template"
)

//go:embed growth.svg.tmpl
var plotFile string

// Where a panel of the plot lies, in units of the picture.
const (
	panelWidth, panelHeight = 300.0, 190.0
	panelTop                = 40.0
	flat                    = 0.3 // how far a cost may lie from the one at the least size, as a share of it
)

// panel is one half of the plot: what one of the figures came to at each size.
type panel struct {
	Title  string
	Left   float64
	Names  float64 // where the list of names begins
	Ticks  []mark  // of the sizes
	Levels []mark  // of the figure
	Band   *band   // nil: none
	Lines  []curve
}

type mark struct {
	At   float64
	Text string
}

type band struct{ Top, Height float64 }

// curve is one row: one colour of the style sheet in the template.
type curve struct {
	Name   string
	Colour int
	Points string
	Dots   [][2]float64
	Label  float64 // how far down its name stands
}

// grown are the measurements of a row at each size.
type grown struct {
	row    row
	costs  []float64 // of CPU, as multiples of the floor
	blocks []float64 // that one statement looked at
}

// plot draws two panels: the cost of CPU as a multiple of that with the fewest people, which a busy machine disturbs, and the blocks that a
// statement looks at, which nothing does.
func plot(file string, sizes []int, rows []grown) error {
	relative, blocks := make([][]float64, len(rows)), make([][]float64, len(rows))
	for i, r := range rows {
		blocks[i] = r.blocks
		for _, cost := range r.costs {
			relative[i] = append(relative[i], cost/r.costs[0])
		}
	}
	panels := []panel{
		newPanel("CPU of an operation, against that with "+thousands(sizes[0])+" people", 60, sizes, rows, relative),
		newPanel("blocks that one statement looks at", 470, sizes, rows, blocks),
	}
	top := highest(relative)
	panels[0].Band = &band{Top: level(1+flat, top), Height: level(1-flat, top) - level(1+flat, top)}
	parsed, err := template.New("growth").Parse(plotFile)
	if err != nil {
		return err
	}
	var text strings.Builder
	if err := parsed.Execute(&text, map[string]any{"Panels": panels, "Bottom": panelTop + panelHeight, "Width": panelWidth, "Top": panelTop}); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text.String()), 0o644)
}

func newPanel(title string, left float64, sizes []int, rows []grown, values [][]float64) panel {
	p := panel{Title: title, Left: left, Names: left + panelWidth + 14}
	across := func(size int) float64 {
		first, last := math.Log10(float64(sizes[0])), math.Log10(float64(sizes[len(sizes)-1]))
		return left + panelWidth*(math.Log10(float64(size))-first)/max(last-first, 1)
	}
	for _, size := range sizes {
		p.Ticks = append(p.Ticks, mark{across(size), thousands(size)})
	}
	top := highest(values)
	for step := range 5 {
		value := top * float64(step) / 4
		p.Levels = append(p.Levels, mark{level(value, top), fmt.Sprintf("%.1f", value)})
	}
	for i, r := range rows {
		c := curve{Name: r.row.name, Colour: i, Label: panelTop + 14*float64(i) + 10}
		for j, value := range values[i] {
			at := [2]float64{across(sizes[j]), level(value, top)}
			c.Dots = append(c.Dots, at)
			c.Points += fmt.Sprintf("%.1f,%.1f ", at[0], at[1])
		}
		p.Lines = append(p.Lines, c)
	}
	return p
}

// level is how far down a value stands.
func level(value, top float64) float64 { return panelTop + panelHeight*(1-value/top) }

// highest is a round number above all values.
func highest(values [][]float64) float64 {
	most := 2 * (1 - flat) // so that the band is in the picture
	for _, of := range values {
		for _, value := range of {
			most = max(most, value)
		}
	}
	return math.Ceil(most*1.05*2) / 2
}

func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
