package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/apscloud/apsid/internal/importer"
)

// How often progress is shown.
const (
	everyOnTerminal = 200 * time.Millisecond
	everyInLog      = 10 * time.Second
)

// progress shows how far an import is: on a terminal in one line that changes, elsewhere now and then in a line of its own.
type progress struct {
	to       io.Writer
	terminal bool
	began    time.Time
	shown    time.Time
}

func newProgress(to io.Writer, now time.Time) *progress {
	p := &progress{to: to, began: now, shown: now}
	if file, ok := to.(*os.File); ok {
		info, err := file.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// show prints nothing if it has printed a moment ago.
func (p *progress) show(n importer.Counts, now time.Time) {
	every, begin, end := everyInLog, "", "\n"
	if p.terminal {
		every, begin, end = everyOnTerminal, "\r\x1b[K", ""
	}
	if now.Sub(p.shown) < every {
		return
	}
	p.shown = now
	rate := float64(n.Created+n.Present+n.Rejected) / max(now.Sub(p.began).Seconds(), 0.001)
	_, _ = fmt.Fprintf(p.to, "%sline %d: %d imported, %d already there, %d rejected, %.0f a second%s",
		begin, n.Line, n.Created, n.Present, n.Rejected, rate, end)
}

// end erases the line that changes.
func (p *progress) end() {
	if p.terminal {
		_, _ = fmt.Fprint(p.to, "\r\x1b[K")
	}
}
