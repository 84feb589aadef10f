package idp

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// LimitName names a limit on how often something may be done. The audit trail, the metrics and the setting use the same name.
type LimitName string

// Limits are the rates of all limits, by name.
type Limits map[LimitName]Rate

// Rate is how much a limit lets through: Most in any Window. A window is counted in twelfths, so it may be a twelfth longer than
// its name says, and is never shorter.
type Rate struct {
	Most   int
	Window time.Duration
}

// String is the form that ParseRate reads, like "600/1h".
func (r Rate) String() string {
	window := r.Window.String()
	if short, found := strings.CutSuffix(window, "m0s"); found {
		window = short + "m"
	}
	if short, found := strings.CutSuffix(window, "h0m"); found {
		window = short + "h"
	}
	return strconv.Itoa(r.Most) + "/" + window
}

// Bounds of a rate. A window is kept in memory for as long as it lasts.
const (
	shortestWindow = time.Minute
	longestWindow  = 7 * 24 * time.Hour
	mostPerWindow  = 1_000_000
)

// ParseRate reads COUNT/WINDOW, like "600/1h": 1 to 1,000,000 in a minute to 168 hours.
func ParseRate(text string) (Rate, error) {
	count, window, found := strings.Cut(text, "/")
	most, err := strconv.Atoi(count)
	if !found || err != nil {
		return Rate{}, fmt.Errorf("%q is not COUNT/WINDOW, like 600/1h", text)
	}
	lasts, err := time.ParseDuration(window)
	if err != nil {
		return Rate{}, fmt.Errorf("%q is not COUNT/WINDOW, like 600/1h", text)
	}
	rate := Rate{Most: most, Window: lasts}
	if !rate.Sensible() {
		return Rate{}, fmt.Errorf("%q: a count is 1 to %d, and a window %s to %s", text, mostPerWindow, "1m", "168h")
	}
	return rate, nil
}

// Sensible reports whether the rate is within the bounds that ParseRate has.
func (r Rate) Sensible() bool {
	return r.Most >= 1 && r.Most <= mostPerWindow && r.Window >= shortestWindow && r.Window <= longestWindow
}

// With returns the limits with some of them changed, as an operator sets them: the name and the rate as text.
func (l Limits) With(changes map[string]string) (Limits, error) {
	changed := maps.Clone(l)
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		if _, known := l[LimitName(name)]; !known {
			return nil, fmt.Errorf("there is no limit %q; there are %s", name, strings.Join(l.names(), ", "))
		}
		rate, err := ParseRate(changes[name])
		if err != nil {
			return nil, err
		}
		changed[LimitName(name)] = rate
	}
	return changed, nil
}

func (l Limits) names() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(l)) {
		names = append(names, string(name))
	}
	return names
}

// Use is one thing that a limit counts, and of whom: a network, an account, a mailbox.
type Use struct {
	Limit LimitName
	Of    string
}

// Reached is the limit that is full, and the time from which it lets one more through. The zero value: none is.
type Reached struct {
	Limit LimitName
	Until time.Time
}
