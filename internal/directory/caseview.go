package directory

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// CaseDetail is a case with the names that belong to it.
type CaseDetail struct {
	Case     idp.Case // as it stands now; without the hash of its code
	Practice idp.Practice
	User     idp.User              // without its password hash
	Names    map[idp.UserID]string // of the staff in it, and of CodeTo
	// Blocks says what prevents its next step: what is missing before it can be submitted, or why it can't be carried out; "" if
	// nothing.
	Blocks string
	// May says which commands the caller may give now ("check", "send_code", "submit", "approve", "refuse", "perform", "close").
	May map[string]bool
}

// FindCase shows a case, to APS staff. Errors: idp.CodeNotFound if there is no such case for the caller; idp.CodeForbidden.
func (s *Cases) FindCase(ctx context.Context, caller Caller, id idp.CaseID, now time.Time) (CaseDetail, error) {
	var d CaseDetail
	err := s.ask(ctx, caller, now, func(ctx context.Context, q *query) (err error) {
		stored, err := q.supportCase(ctx, id)
		if err != nil {
			return err
		}
		account, err := q.FindAccount(ctx, stored.UserID)
		if err != nil {
			return err
		}
		managers, err := q.ListManagers(ctx, stored.PracticeID, idp.RoleUserManagement)
		if err != nil {
			return err
		}
		helpers := policy.CaseHelpers(stored.Action, account, managers)
		d = CaseDetail{Practice: account.Practice, User: account.User, May: mayDo(q.actor, stored, account, helpers, now)}
		d.Blocks = caseWhyNot(nextProblem(q.actor, stored, account, helpers, now))
		d.User.PasswordHash, stored.CodeHash = idp.Secret{}, idp.Secret{}
		d.Case = stored
		d.Names, err = q.names(ctx, peopleIn(stored))
		return err
	})
	return d, err
}

// supportCase returns the case that the query is about, as it stands now.
func (q *query) supportCase(ctx context.Context, id idp.CaseID) (idp.Case, error) {
	stored, err := q.FindCase(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Case{}, q.unknown("case", string(id), idp.ReasonNotFound)
	}
	if err != nil {
		return idp.Case{}, err
	}
	if err := servesAPS(q.actor, &q.event, stored.PracticeID, "case", string(id)); err != nil {
		return idp.Case{}, err
	}
	return policy.CaseNow(stored, q.now), nil
}

// mayDo tries every command on a copy of the case, to see which are allowed.
func mayDo(d policy.Actor, c idp.Case, about idp.Account, helpers int, now time.Time) map[string]bool {
	answer := map[string]policy.CaseProblem{}
	_, answer["check"] = policy.RecordCheck(d, c, idp.CaseCheck{Name: idp.CheckPersonal, Result: idp.CheckPassed}, true, true)
	_, answer["send_code"] = policy.SendCode(d, c, idp.Secret{}, c.UserID, true, now)
	_, answer["submit"] = policy.SubmitCase(d, c)
	_, answer["approve"] = policy.DecideCase(d, c, true, "", now)
	_, answer["refuse"] = policy.DecideCase(d, c, false, "", now)
	_, answer["perform"] = policy.PerformCase(d, c, about, helpers, now)
	_, answer["close"] = policy.CloseCase(d, c, "", now)
	may := make(map[string]bool, len(answer))
	for command, problem := range answer {
		may[command] = problem == policy.CaseFine
	}
	return may
}

// nextProblem returns what prevents the caller from taking the case's next step.
func nextProblem(d policy.Actor, c idp.Case, about idp.Account, helpers int, now time.Time) policy.CaseProblem {
	switch {
	case c.State == idp.CaseOpen:
		return policy.CaseBlocks(c)
	case c.State == idp.CaseApproved && c.OpenedBy == d.User.ID:
		_, problem := policy.PerformCase(d, c, about, helpers, now)
		return problem
	default:
		return policy.CaseFine
	}
}

// peopleIn lists the people who are named in the case beside the person whom it is about.
func peopleIn(c idp.Case) []idp.UserID {
	people := []idp.UserID{c.OpenedBy, c.DecidedBy, c.DoneBy, c.CodeTo}
	for _, check := range c.Checks {
		people = append(people, check.By, check.Voucher)
	}
	return people
}

// names reads the names of people; those who no longer exist are left out.
func (q *query) names(ctx context.Context, people []idp.UserID) (map[idp.UserID]string, error) {
	names := map[idp.UserID]string{}
	for _, id := range sorted(people) {
		if id == "" {
			continue
		}
		account, err := q.FindAccount(ctx, id)
		if err := unlessGone(err); err != nil {
			return nil, err
		}
		if account.User.Name != "" {
			names[id] = account.User.Name
		}
	}
	return names, nil
}

// CaseLine is a line of a list of cases.
type CaseLine struct {
	Case     idp.Case // as it stands now; without the hash of its code
	User     string   // the name of the person whom it is about
	Practice string
	OpenedBy string // the name of the member of staff
}

// ListCases lists cases, newest first, to APS staff. States are those of now: an approval that ran out is idp.CaseExpired. A page
// may hold fewer than its limit although more follow. Errors: idp.CodeForbidden.
func (s *Cases) ListCases(ctx context.Context, caller Caller, cq CaseQuery, page Page, now time.Time) ([]idp.Case, string, error) {
	var cases []idp.Case
	var next string
	err := s.ask(ctx, caller, now, func(ctx context.Context, q *query) (err error) {
		if policy.MayServe(q.actor) != policy.Permitted {
			return caseRefused(policy.CaseNotStaff)
		}
		cases, next, err = q.cases(ctx, cq, page)
		return err
	})
	return cases, next, err
}

// cases finds the cases that are now in one of the states asked for: the store knows of an approval, but not that its time has run
// out.
func (q *query) cases(ctx context.Context, cq CaseQuery, page Page) ([]idp.Case, string, error) {
	wanted := cq.States
	if slices.Contains(wanted, idp.CaseExpired) {
		cq.States = append(slices.Clone(wanted), idp.CaseApproved)
	}
	stored, next, err := q.SearchCases(ctx, cq, page)
	if err != nil {
		return nil, "", err
	}
	cases := make([]idp.Case, 0, len(stored))
	for _, each := range stored {
		each = policy.CaseNow(each, q.now)
		each.CodeHash = idp.Secret{}
		if len(wanted) == 0 || slices.Contains(wanted, each.State) {
			cases = append(cases, each)
		}
	}
	return cases, next, nil
}

// DescribeCases is ListCases with the names that a page shows.
func (s *Cases) DescribeCases(ctx context.Context, caller Caller, cq CaseQuery, page Page, now time.Time) ([]CaseLine, string, error) {
	var lines []CaseLine
	var next string
	err := s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		if policy.MayServe(q.actor) != policy.Permitted {
			return caseRefused(policy.CaseNotStaff)
		}
		cases, after, err := q.cases(ctx, cq, page)
		if err != nil {
			return err
		}
		next = after
		accounts := accountReader{q: q, read: map[idp.UserID]idp.Account{}}
		for _, each := range cases {
			about, err := accounts.find(ctx, each.UserID)
			if err != nil {
				return err
			}
			opener, err := accounts.find(ctx, each.OpenedBy)
			if err != nil {
				return err
			}
			lines = append(lines, CaseLine{Case: each, User: about.User.Name, Practice: about.Practice.Name, OpenedBy: opener.User.Name})
		}
		return nil
	})
	return lines, next, err
}

// accountReader reads each account once.
type accountReader struct {
	q    *query
	read map[idp.UserID]idp.Account
}

func (r accountReader) find(ctx context.Context, id idp.UserID) (idp.Account, error) {
	if account, ok := r.read[id]; ok {
		return account, nil
	}
	account, err := r.q.FindAccount(ctx, id)
	if err := unlessGone(err); err != nil {
		return idp.Account{}, err
	}
	r.read[id] = account
	return account, nil
}
