package adminapi

import (
	"context"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Case is a support case.
type Case struct {
	ID         idp.CaseID     `json:"id"`
	PracticeID idp.PracticeID `json:"practice_id"`
	UserID     idp.UserID     `json:"user_id" doc:"Whom it concerns."`
	Action     idp.CaseAction `json:"action" enum:"reset_mfa,grant_user_management,enable_user,enrolment_code"`
	Reason     string         `json:"reason"`
	State      idp.CaseState  `json:"state" enum:"open,submitted,approved,refused,closed,done,expired"`
	OpenedBy   idp.UserID     `json:"opened_by"`
	OpenedAt   time.Time      `json:"opened_at"`
	Checks     []CaseCheck    `json:"checks" nullable:"false"`
	CodeTo     idp.UserID     `json:"code_to,omitempty" doc:"In whose mailbox a code is, to be read out."`
	CodeUntil  time.Time      `json:"code_until,omitzero"`
	DecidedBy  idp.UserID     `json:"decided_by,omitempty"`
	DecidedAt  time.Time      `json:"decided_at,omitzero"`
	Decision   string         `json:"decision,omitempty"`
	ActUntil   time.Time      `json:"act_until,omitzero" doc:"Until when an approved action may be carried out."`
	DoneBy     idp.UserID     `json:"done_by,omitempty"`
	DoneAt     time.Time      `json:"done_at,omitzero"`
}

// CaseCheck is a check that was made.
type CaseCheck struct {
	Name    idp.CheckName   `json:"name" enum:"call_back,mailbox_code,colleague,personal"`
	Result  idp.CheckResult `json:"result" enum:"passed,failed"`
	How     string          `json:"how,omitempty" doc:"What was done; never the answer that was given."`
	By      idp.UserID      `json:"by"`
	Voucher idp.UserID      `json:"voucher,omitempty" doc:"colleague: who confirmed."`
	At      time.Time       `json:"at"`
}

// CaseDetail is a case with the names that belong to it.
type CaseDetail struct {
	Case
	Practice string                `json:"practice" doc:"Its name."`
	User     string                `json:"user" doc:"The person's name."`
	Names    map[idp.UserID]string `json:"names" doc:"Of the people in it."`
	Blocks   string                `json:"blocks,omitempty" doc:"What is missing before it can be submitted."`
	May      []string              `json:"may" nullable:"false" doc:"What you can do with it now: check, send_code, submit, approve, refuse, perform, close."`
}

func caseOf(c idp.Case) Case {
	return Case{
		ID: c.ID, PracticeID: c.PracticeID, UserID: c.UserID, Action: c.Action, Reason: c.Reason, State: c.State,
		OpenedBy: c.OpenedBy, OpenedAt: c.OpenedAt.UTC(), CodeTo: c.CodeTo, CodeUntil: c.CodeUntil.UTC(), DecidedBy: c.DecidedBy,
		DecidedAt: c.DecidedAt.UTC(), Decision: c.Decision, ActUntil: c.ActUntil.UTC(), DoneBy: c.DoneBy, DoneAt: c.DoneAt.UTC(),
		Checks: each(c.Checks, func(k idp.CaseCheck) CaseCheck {
			return CaseCheck{Name: k.Name, Result: k.Result, How: k.How, By: k.By, Voucher: k.Voucher, At: k.At.UTC()}
		}),
	}
}

// CasePath names a case.
type CasePath struct {
	Case idp.CaseID `path:"case" maxLength:"100"`
}

type listCasesInput struct {
	Paging
	Practice idp.PracticeID  `query:"practice" maxLength:"100"`
	User     idp.UserID      `query:"user" maxLength:"100"`
	State    []idp.CaseState `query:"state" enum:"open,submitted,approved,refused,closed,done,expired" doc:"Separated by commas."`
	OpenedBy idp.UserID      `query:"opened_by" maxLength:"100"`
}

type openCaseInput struct {
	Body struct {
		PracticeID idp.PracticeID `json:"practice_id" maxLength:"100"`
		UserID     idp.UserID     `json:"user_id" maxLength:"100"`
		Action     idp.CaseAction `json:"action" enum:"reset_mfa,grant_user_management,enable_user"`
		Reason     string         `json:"reason" minLength:"1" maxLength:"1000"`
	}
}

func (a *API) addCases() {
	const tag = "Support cases"
	register(a, operation{
		id: "list-cases", method: http.MethodGet, path: "/cases", tag: tag, scope: CasesRead, person: true,
		summary: "List support cases", about: "Newest first. APS staff only.",
	}, a.listCases)
	register(a, operation{
		command: policy.CommandOpenCase, method: http.MethodPost, path: "/cases", tag: tag, scope: CasesWrite, status: http.StatusCreated, refers: true,
		example: example{"practice_id": examplePractice, "user_id": exampleUser, "action": "reset_mfa", "reason": "Lost the phone and the PIN; nobody else in the practice has access."},
	}, a.openCase)
	register(a, operation{
		id: "show-case", method: http.MethodGet, path: "/cases/{case}", tag: tag, scope: CasesRead, person: true,
		summary: "Show a support case", about: "APS staff only.",
	}, a.showCase)
}

func (a *API) listCases(ctx context.Context, c call, in *listCasesInput) (*Listed[Case], error) {
	q := directory.CaseQuery{PracticeID: in.Practice, UserID: in.User, States: in.State, OpenedBy: in.OpenedBy}
	found, next, err := a.deps.Cases.ListCases(ctx, c.Caller, q, in.page(), c.now)
	if err != nil {
		return nil, err
	}
	return listed(c, found, next, caseOf), nil
}

func (a *API) openCase(ctx context.Context, c call, in *openCaseInput) (*Created[Case], error) {
	opened, err := a.deps.Cases.OpenCase(ctx, c.Caller, directory.NewCase(in.Body), c.now)
	if err != nil {
		return nil, err
	}
	return &Created[Case]{Location: Prefix + "/cases/" + string(opened.ID), ETag: etag(opened.Version), Body: caseOf(opened)}, nil
}

func (a *API) showCase(ctx context.Context, c call, in *CasePath) (*Of[CaseDetail], error) {
	d, err := a.deps.Cases.FindCase(ctx, c.Caller, in.Case, c.now)
	if err != nil {
		return nil, err
	}
	return &Of[CaseDetail]{Body: CaseDetail{
		Case: caseOf(d.Case), Practice: d.Practice.Name, User: d.User.Name, Names: d.Names, Blocks: d.Blocks, May: allowed(d.May),
	}}, nil
}
