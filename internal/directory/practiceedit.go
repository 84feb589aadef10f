package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// PracticeEdit changes a practice; nil fields stay. Version is that of the practice as it was read.
type PracticeEdit struct {
	Version  int64
	Name     *string
	Region   *idp.Region
	TimeZone *string
	Phone    *string

	PhishingResistanceFrom               *time.Time // zero: not needed
	PhishingResistanceAdministratorsFrom *time.Time
	PasskeyModels                        *[]string
}

// EditPracticeTo returns the edit that gives a practice, as it was read in this version, all of these details.
func EditPracticeTo(version int64, details idp.PracticeDetails) PracticeEdit {
	edit := practiceFields().full(idp.Practice{PracticeDetails: details})
	edit.Version = version
	return edit
}

// UpdatePractice edits a practice: the people who manage it may change its name, its time zone and what it asks of passkeys, and APS every field. The region says
// under whose rules the practice works, and APS support calls the telephone number back: an attacker who could change the number
// could answer for any person of the practice. An edit that changes nothing leaves no event.
//
// Errors: idp.CodeInvalid with the field; idp.CodeConflict if the practice was changed since edit.Version; idp.CodeNotFound if
// there is no such practice for the caller; idp.CodeForbidden.
func (s *Practices) UpdatePractice(ctx context.Context, caller Caller, id idp.PracticeID, edit PracticeEdit, now time.Time) (idp.Practice, error) {
	var edited idp.Practice
	err := s.run(ctx, policy.CommandEditPractice, caller, now, func(ctx context.Context, c *command) error {
		practice, err := c.administered(ctx, id)
		if err != nil {
			return err
		}
		if practiceFields().beyond(toPractice, edit) && policy.MayServe(c.actor) != policy.Permitted {
			return notNow(policy.PermissionNoAccess.Reason(), "Only APS can change the region and the phone number of a practice.")
		}
		if practice.Version != edit.Version {
			return errStale()
		}
		var changes edits
		edited, changes = practiceFields().apply(edit, practice)
		if err := s.checkDetails(edited.PracticeDetails, practice.PracticeDetails); err != nil {
			return err
		}
		if err := c.keepsOwnDoor(ctx, practice, edited); err != nil {
			return err
		}
		if len(changes) == 0 {
			c.event.Type = ""
			return nil
		}
		c.event.Details = changes
		edited.UpdatedAt = now
		err = c.Unit.UpdatePractice(ctx, edited)
		edited.Version++
		return err
	})
	if err != nil {
		return idp.Practice{}, err
	}
	return edited, nil
}

// administered returns the practice that the command is about, if policy lets the caller act for it as its own people do.
func (c *command) administered(ctx context.Context, id idp.PracticeID) (idp.Practice, error) {
	practice, err := c.bound(ctx, id)
	if err != nil {
		return idp.Practice{}, err
	}
	if practice.ID == "" {
		return idp.Practice{}, c.unknown("practice", string(id), idp.ReasonNotFound)
	}
	need := c.needs(policy.Target{Practice: practice})
	if err := c.reach("practice", string(id), need.Permission); err != nil {
		return idp.Practice{}, err
	}
	if need.Permission == policy.PermissionNotOwn {
		return idp.Practice{}, notNow(policy.PermissionNoAccess.Reason(), "The practice’s own people ask for MFA, in User Management+.")
	}
	if err := c.grant(need); err != nil {
		return idp.Practice{}, err
	}
	c.event.PracticeID = practice.ID
	return practice, nil
}
