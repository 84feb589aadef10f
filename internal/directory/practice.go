package directory

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// NewPractice is a practice to create.
type NewPractice struct {
	ID       idp.PracticeID // "" draws one; given by imports, beginning with "prc_"
	Name     string
	Kind     idp.PracticeKind
	Region   idp.Region
	TimeZone string // IANA
	MFA      idp.MFAState
	Apps     []idp.ClientID
}

// CreatePractice creates a practice. Errors: idp.CodeInvalid with the field; idp.CodeConflict if the identifier exists.
func (s *Service) CreatePractice(ctx context.Context, caller Caller, n NewPractice, now time.Time) (idp.Practice, error) {
	if err := n.check(); err != nil {
		return idp.Practice{}, err
	}
	p := idp.Practice{
		ID: n.ID, Name: n.Name, Kind: n.Kind, State: idp.PracticeActive, Region: n.Region, TimeZone: n.TimeZone, MFA: n.MFA,
		Apps: sorted(n.Apps), CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	if p.ID == "" {
		p.ID = idp.NewPracticeID()
	}
	event := done(idp.EventPracticeCreated, caller.Actor, now)
	event.PracticeID = p.ID
	event.Details = map[string]string{"mfa": string(p.MFA)}
	err := s.commit(ctx, event, exists("id", "a practice with this identifier exists"), func(u Unit) error {
		return u.CreatePractice(ctx, p)
	})
	if err != nil {
		return idp.Practice{}, err
	}
	return p, nil
}

func (n NewPractice) check() error {
	if err := checkName("name", n.Name); err != nil {
		return err
	}
	if _, err := time.LoadLocation(n.TimeZone); err != nil || n.TimeZone == "" || n.TimeZone == "Local" {
		return idp.Invalid("time_zone", "must be an IANA time zone, like Australia/Sydney")
	}
	switch {
	case n.ID != "" && !strings.HasPrefix(string(n.ID), "prc_"):
		return idp.Invalid("id", "must begin with prc_")
	case n.Kind != idp.PracticeCustomer && n.Kind != idp.PracticeAPS:
		return idp.Invalid("kind", "must be customer or aps")
	case n.Region != idp.RegionAU && n.Region != idp.RegionNZ && n.Region != idp.RegionGB:
		return idp.Invalid("region", "must be AU, NZ or GB")
	case n.MFA != idp.MFAOff && n.MFA != idp.MFARequested && n.MFA != idp.MFAActive:
		return idp.Invalid("mfa", "must be off, requested or active")
	}
	return nil
}

// sorted returns a sorted copy without doubles.
func sorted[T ~string](items []T) []T {
	return slices.Compact(slices.Sorted(slices.Values(items)))
}
