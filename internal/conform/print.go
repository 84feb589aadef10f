package conform

import (
	"fmt"
	"io"
	"time"
)

// Faults is the error of an app that does not keep the contract: how many checks went wrong.
type Faults int

// Error implements error.
func (f Faults) Error() string { return fmt.Sprintf("the app gets %d of the checks wrong", int(f)) }

// Print writes the results, a line each, and returns Faults if any is wrong.
func Print(out io.Writer, results []Result) error {
	faults := 0
	for _, r := range results {
		if r.State == Wrong {
			faults++
		}
		if _, err := fmt.Fprintln(out, r.line()); err != nil {
			return err
		}
	}
	if faults > 0 {
		return Faults(faults)
	}
	return nil
}

func (r Result) line() string {
	switch r.State {
	case OK:
		return "ok     " + r.Check
	case NotChecked:
		return fmt.Sprintf("-      %s: not checked: %s", r.Check, r.Seen)
	default:
		return fmt.Sprintf("WRONG  %s: %s. The contract: %s. Read %q in %s.", r.Check, r.Seen, r.Rule, r.Section, Guide)
	}
}

// Duration is about how long a run takes.
func (c Config) Duration() time.Duration {
	return max(c.Idle*7/6, c.Idle+c.Grace, c.Lifetime+c.Grace) + 5*time.Second
}
