package adminapi

import (
	"context"
	"net/http"
	"slices"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

type sendCodeInput struct {
	CasePath
	Body struct {
		To idp.UserID `json:"to" maxLength:"100" doc:"An administrator of the practice, or the person."`
	}
}

type checkInput struct {
	CasePath
	Body struct {
		Name   idp.CheckName   `json:"name" enum:"call_back,mailbox_code,colleague,personal"`
		Result idp.CheckResult `json:"result,omitempty" enum:"passed,failed" doc:"Not for mailbox_code: the code decides."`
		How    string          `json:"how,omitempty" maxLength:"500" doc:"What was done; never the answer that was given."`
		Code   string          `json:"code,omitempty" maxLength:"100" doc:"mailbox_code: what was read out."`
	}
}

type decideInput struct {
	CasePath
	Body struct {
		Why string `json:"why" minLength:"1" maxLength:"1000"`
	}
}

func (a *API) addCaseSteps() {
	step := func(id, path, summary, about string, fresh bool, sample example) operation {
		return operation{
			id: id, method: http.MethodPost, path: "/cases/{case}/" + path, tag: "Support cases", scope: CasesWrite, person: true,
			fresh: fresh, summary: summary, about: about, example: sample,
		}
	}
	why := example{"why": "Called back on the number on file; a colleague confirmed."}
	register(a, step("send-case-code", "send-code", "Mail a code to be read out", "To an administrator of the practice, or to the person.", false,
		example{"to": exampleUser}), a.sendCaseCode)
	register(a, step("record-check", "checks", "Record a check", "How it went and how it was made; personal data are never enough alone.", false,
		example{"name": "call_back", "result": "passed", "how": "Called the number on file; Olivia Finch answered."}), a.recordCheck)
	register(a, step("submit-case", "submit", "Hand a case to a second member of staff", "", false, nil), a.submitCase)
	register(a, step("approve-case", "approve", "Approve a case", "By a member of staff who had no part in it.", true, why), a.decideCase(true))
	register(a, step("refuse-case", "refuse", "Refuse a case", "By a member of staff who had no part in it.", true, why), a.decideCase(false))
	register(a, step("perform-case", "perform", "Carry out the action of an approved case", "Within its time. Everybody concerned is told.", true, nil), a.performCase)
	register(a, step("close-case", "close", "Give a case up", "", false, why), a.closeCase)
}

// allowed lists what the caller may do, sorted.
func allowed(may map[string]bool) []string {
	list := []string{}
	for name, yes := range may {
		if yes {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

func (a *API) sendCaseCode(ctx context.Context, c call, in *sendCodeInput) (*struct{}, error) {
	return nil, a.deps.Directory.SendCaseCode(ctx, c.Caller, in.Case, in.Body.To, c.now)
}

func (a *API) recordCheck(ctx context.Context, c call, in *checkInput) (*struct{}, error) {
	return nil, a.deps.Directory.RecordCheck(ctx, c.Caller, in.Case, directory.NewCheck{
		Name: in.Body.Name, Result: in.Body.Result, How: in.Body.How, Code: idp.NewSecret(in.Body.Code),
	}, c.now)
}

func (a *API) submitCase(ctx context.Context, c call, in *CasePath) (*struct{}, error) {
	return nil, a.deps.Directory.SubmitCase(ctx, c.Caller, in.Case, c.now)
}

func (a *API) decideCase(approve bool) func(context.Context, call, *decideInput) (*struct{}, error) {
	return func(ctx context.Context, c call, in *decideInput) (*struct{}, error) {
		return nil, a.deps.Directory.DecideCase(ctx, c.Caller, in.Case, approve, in.Body.Why, c.now)
	}
}

func (a *API) performCase(ctx context.Context, c call, in *CasePath) (*struct{}, error) {
	return nil, a.deps.Directory.PerformCase(ctx, c.Caller, in.Case, c.now)
}

func (a *API) closeCase(ctx context.Context, c call, in *decideInput) (*struct{}, error) {
	return nil, a.deps.Directory.CloseCase(ctx, c.Caller, in.Case, in.Body.Why, c.now)
}
