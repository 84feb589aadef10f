package adminapi

import (
	"context"
	"net/http"
	"slices"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
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
		Name    idp.CheckName   `json:"name" enum:"call_back,mailbox_code,colleague,personal"`
		Result  idp.CheckResult `json:"result,omitempty" enum:"passed,failed" doc:"Not for mailbox_code: the code decides."`
		How     string          `json:"how,omitempty" minLength:"1" maxLength:"500" doc:"What was done; never the answer that was given."`
		Voucher string          `json:"voucher,omitempty" maxLength:"254" doc:"colleague that passed: the user name of who of the practice confirmed. Somebody who has no part in the case, and did not change the person's user name lately."`
		Code    string          `json:"code,omitempty" maxLength:"100" doc:"mailbox_code: what was read out."`
	}
}

type decideInput struct {
	CasePath
	Body struct {
		Why string `json:"why" minLength:"1" maxLength:"1000"`
	}
}

func (a *API) addCaseSteps() {
	step := func(command policy.Command, path string, sample example) operation {
		return operation{
			command: command, method: http.MethodPost, path: "/cases/{case}/" + path, tag: "Support cases", scope: CasesWrite, example: sample,
		}
	}
	why := example{"why": "Called back on the number on file; a colleague confirmed."}
	register(a, step(policy.CommandSendCaseCode, "send-code",
		example{"to": exampleUser}), a.sendCaseCode)
	register(a, step(policy.CommandRecordCheck, "checks",
		example{"name": "call_back", "result": "passed", "how": "Called the number on file; Olivia Finch answered."}), a.recordCheck)
	register(a, step(policy.CommandSubmitCase, "submit", nil), a.submitCase)
	register(a, step(policy.CommandApproveCase, "approve", why), a.decideCase(true))
	register(a, step(policy.CommandRefuseCase, "refuse", why), a.decideCase(false))
	register(a, step(policy.CommandPerformCase, "perform", nil), a.performCase)
	register(a, step(policy.CommandCloseCase, "close", why), a.closeCase)
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
	return nil, a.deps.Cases.SendCaseCode(ctx, c.Caller, in.Case, in.Body.To, c.now)
}

func (a *API) recordCheck(ctx context.Context, c call, in *checkInput) (*struct{}, error) {
	return nil, a.deps.Cases.RecordCheck(ctx, c.Caller, in.Case, directory.NewCheck{
		Name: in.Body.Name, Result: in.Body.Result, How: in.Body.How, Voucher: in.Body.Voucher, Code: idp.NewSecret(in.Body.Code),
	}, c.now)
}

func (a *API) submitCase(ctx context.Context, c call, in *CasePath) (*struct{}, error) {
	return nil, a.deps.Cases.SubmitCase(ctx, c.Caller, in.Case, c.now)
}

func (a *API) decideCase(approve bool) func(context.Context, call, *decideInput) (*struct{}, error) {
	return func(ctx context.Context, c call, in *decideInput) (*struct{}, error) {
		return nil, a.deps.Cases.DecideCase(ctx, c.Caller, in.Case, approve, in.Body.Why, c.now)
	}
}

func (a *API) performCase(ctx context.Context, c call, in *CasePath) (*struct{}, error) {
	detail, err := a.deps.Cases.FindCase(ctx, c.Caller, in.Case, c.now)
	if err != nil {
		return nil, err
	}
	if detail.Case.Action == idp.CaseEnrolmentCode { // what it is for never changes
		return nil, problem("forbidden").say("This case is carried out on its page at the support desk, which shows the code to the person who reads it out.")
	}
	_, err = a.deps.Cases.PerformCase(ctx, c.Caller, in.Case, c.now)
	return nil, err
}

func (a *API) closeCase(ctx context.Context, c call, in *decideInput) (*struct{}, error) {
	return nil, a.deps.Cases.CloseCase(ctx, c.Caller, in.Case, in.Body.Why, c.now)
}
