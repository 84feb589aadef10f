package conform

import (
	"fmt"
	"io"
	"time"
)

// Faults is the error of an app that gets something wrong: how many checks of the specifications, and how many of what our contract
// asks beyond them.
type Faults struct{ Spec, Contract int }

// Error implements error.
func (f Faults) Error() string {
	if f.Spec == 0 {
		return fmt.Sprintf("the app keeps OpenID Connect, as far as it was checked, and gets %d of the checks of our contract beyond it wrong", f.Contract)
	}
	return fmt.Sprintf("the app gets %d of the checks of OpenID Connect wrong, and %d of our contract beyond it", f.Spec, f.Contract)
}

// Print writes the results, a line each, and returns Faults if any is wrong.
func Print(out io.Writer, results []Result) error {
	var faults Faults
	for _, r := range results {
		switch {
		case r.State == Wrong && r.Spec != "":
			faults.Spec++
		case r.State == Wrong:
			faults.Contract++
		}
		if _, err := fmt.Fprintln(out, r.line()); err != nil {
			return err
		}
	}
	if faults != (Faults{}) {
		return faults
	}
	return nil
}

func (r Result) line() string {
	source, whose := r.Spec, "The specification"
	if source == "" {
		source, whose = "our contract", "Our contract, beyond the specifications"
	}
	name := fmt.Sprintf("%s [%s]", r.Check, source)
	switch r.State {
	case OK:
		return "ok     " + name
	case NotChecked:
		return fmt.Sprintf("-      %s: not checked: %s", name, r.Seen)
	default:
		return fmt.Sprintf("WRONG  %s: %s. %s: %s. Read %q in %s.", name, r.Seen, whose, r.Rule, r.Section, Guide)
	}
}

// Duration is about how long a run takes.
func (c Config) Duration() time.Duration {
	if c.OnlySpec {
		return 5 * time.Second
	}
	return max(c.Idle*7/6, c.Idle+c.Grace, c.Lifetime+c.Grace) + 5*time.Second
}
