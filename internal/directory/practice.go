package directory

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// NewPractice is a practice to create.
type NewPractice struct {
	idp.PracticeDetails
	ID   idp.PracticeID   // "" draws one; given by imports, beginning with "prc_"
	Kind idp.PracticeKind // "" is a customer
	MFA  idp.MFAState     // "" is off
	Apps []idp.ClientID
}

// CreatePractice creates a practice, with its apps and what they bring. APS only; of its own kind, and with MFA in another state
// than off, only the machine's own shell creates one, which seeds and imports: a practice gets MFA by asking for it.
//
// Errors: idp.CodeInvalid with the field; idp.CodeConflict if the identifier exists; idp.CodeForbidden.
func (s *Practices) CreatePractice(ctx context.Context, caller Caller, n NewPractice, now time.Time) (idp.Practice, error) {
	n = n.withDefaults()
	if err := s.checkNew(n, caller, idp.PracticeDetails{}); err != nil {
		return idp.Practice{}, err
	}
	p := idp.Practice{
		PracticeDetails: n.PracticeDetails, ID: n.ID, Kind: n.Kind, State: idp.PracticeActive, MFA: n.MFA,
		CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	err := s.run(ctx, policy.CommandCreatePractice, caller, now, func(ctx context.Context, c *command) error {
		if err := c.grant(c.needs(policy.Target{})); err != nil {
			return err
		}
		apps, err := c.withBrought(ctx, n.Apps)
		if err != nil {
			return err
		}
		p.Apps = apps
		c.event.PracticeID = p.ID
		c.event.Details = map[string]string{"mfa": string(p.MFA), "apps": words(p.Apps)}
		return c.CreatePractice(ctx, p)
	})
	if collided(err) {
		err = exists("id", "a practice with this identifier exists")
	}
	if err != nil {
		return idp.Practice{}, err
	}
	return p, nil
}

func (n NewPractice) withDefaults() NewPractice {
	if n.ID == "" {
		n.ID = idp.NewPracticeID()
	}
	if n.Kind == "" {
		n.Kind = idp.PracticeCustomer
	}
	if n.MFA == "" {
		n.MFA = idp.MFAOff
	}
	return n
}

func (r *runner) checkNew(n NewPractice, caller Caller, stored idp.PracticeDetails) error {
	switch {
	case !strings.HasPrefix(string(n.ID), "prc_"):
		return idp.Invalid("id", "must begin with prc_")
	case n.Kind != idp.PracticeCustomer && n.Kind != idp.PracticeAPS:
		return idp.Invalid("kind", "must be customer or aps")
	case n.MFA != idp.MFAOff && n.MFA != idp.MFARequested && n.MFA != idp.MFAActive:
		return idp.Invalid("mfa", "must be off, requested or active")
	case caller.Kind != idp.ActorSystem && n.Kind != idp.PracticeCustomer:
		return idp.Invalid("kind", "must be customer")
	case caller.Kind != idp.ActorSystem && n.MFA != idp.MFAOff:
		return idp.Invalid("mfa", "must be off: the practice asks for it, and APS activates it")
	}
	return r.checkDetails(n.PracticeDetails, stored)
}

func (r *runner) checkDetails(d, stored idp.PracticeDetails) error {
	_, err := time.LoadLocation(d.TimeZone)
	return idp.AllInvalid(
		checkName("name", stored.Name, d.Name),
		checkPhone(d.Phone),
		broken(err != nil || d.TimeZone == "" || d.TimeZone == "Local", "time_zone", "must be an IANA time zone, like Australia/Sydney"),
		broken(d.Region != idp.RegionAU && d.Region != idp.RegionNZ && d.Region != idp.RegionGB, "region", "must be AU, NZ or GB"),
		r.checkPhishing(d, stored),
	)
}

// checkPhone holds a number as people write it: this one is called by a person, who reads it.
func checkPhone(phone string) error {
	const most, fewest = 30, 3
	digits := 0
	for _, r := range phone {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case !strings.ContainsRune("+ ()-", r):
			return idp.Invalid("phone", "must be a phone number, like 02 5550 1234")
		}
	}
	if phone != "" && (digits < fewest || len(phone) > most || phone != strings.TrimSpace(phone)) {
		return idp.Invalid("phone", "must be a phone number, like 02 5550 1234")
	}
	return nil
}

// sorted returns a sorted copy without doubles.
func sorted[T ~string](items []T) []T {
	return slices.Compact(slices.Sorted(slices.Values(items)))
}
