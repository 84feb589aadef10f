package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/pkg/adminclient"
)

// clientExplain says what clients lack to keep FAPI 2.0, and how long is left: one client at length, or those whom it concerns as a table.
type clientExplain struct {
	management `embed:""`
	Client     string `arg:"" optional:"" help:"The identifier; none: every client that keeps FAPI 2.0 or has to, and every government-connected app."`
}

// fapiStanding is how a client stands to FAPI 2.0.
type fapiStanding struct {
	ID    string    `json:"id"`
	Kind  string    `json:"kind"`
	Kept  bool      `json:"kept"`                // the rules hold for it now
	From  time.Time `json:"fapi2_from,omitzero"` // from when they hold
	Lacks []string  `json:"lacks"`               // none: it is ready

	left string // until From, in words
}

func fapiStandingOf(found adminclient.Registration, now time.Time) fapiStanding {
	client := registered(found)
	r := fapiStanding{ID: found.ID, Kind: found.Kind, From: found.FAPI2From, Lacks: policy.FAPI2Lacks(client.Registration), left: leftUntil(found.FAPI2From, now)}
	r.Kept = policy.FAPI2(policy.InForce(client, now).Registration)
	if r.Lacks == nil {
		r.Lacks = []string{}
	}
	return r
}

// leftUntil is the time until a day; "" without one.
func leftUntil(from, now time.Time) string {
	const day = 24 * time.Hour
	switch left := from.Sub(now); {
	case from.IsZero():
		return ""
	case left <= 0:
		return "since then"
	case left < day:
		return "less than a day left"
	default:
		return fmt.Sprintf("%d days left", left/day)
	}
}

// Run implements the command.
func (c *clientExplain) Run(ctx context.Context, out io.Writer) error {
	api, err := c.connect(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	if c.Client == "" {
		return list(c.management, out, concerned(api.Registrations(ctx, adminclient.RegistrationQuery{}), now), []string{"ID", "KIND", "FAPI 2.0", "FROM", "LEFT", "LACKS"}, fapiStanding.cells)
	}
	found, err := api.Registration(ctx, c.Client)
	if err != nil {
		return err
	}
	return show(c.management, out, fapiStandingOf(found, now), fapiStanding.lines)
}

// concerned are those of the clients whom FAPI 2.0 concerns.
func concerned(all func(func(adminclient.Registration, error) bool), now time.Time) func(func(fapiStanding, error) bool) {
	return func(yield func(fapiStanding, error) bool) {
		for found, err := range all {
			if err == nil && (found.Disabled || !policy.FAPI2Concerns(registered(found).Registration)) {
				continue
			}
			if !yield(fapiStandingOf(found, now), err) {
				return
			}
		}
	}
}

// state is one word for the board.
func (r fapiStanding) state() string {
	switch {
	case r.Kept && len(r.Lacks) > 0:
		return "REFUSED" // the rules hold, and it can't keep them
	case r.Kept:
		return "kept"
	case len(r.Lacks) == 0:
		return "ready"
	default:
		return "not ready"
	}
}

func (r fapiStanding) cells() []string {
	return []string{r.ID, r.Kind, r.state(), moment(r.From), r.left, strings.Join(r.names(), ", ")}
}

// names are the settings that the client lacks.
func (r fapiStanding) names() (settings []string) {
	for _, each := range r.Lacks {
		setting, _, _ := strings.Cut(each, " ")
		settings = append(settings, setting)
	}
	return settings
}

func (r fapiStanding) lines() [][2]string {
	said := [][2]string{{"id", r.ID}, {"kind", r.Kind}, {"FAPI 2.0", r.state()}, {"required from", moment(r.From)}, {"left", r.left}}
	for _, each := range r.Lacks {
		said = append(said, [2]string{"lacks", each})
	}
	return said
}
