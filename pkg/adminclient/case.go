package adminclient

import (
	"context"
	"iter"
	"strings"
	"time"
)

// Case is a support case. Cases are for people of APS: the client needs a token of one.
type Case struct {
	ID         string      `json:"id"`
	PracticeID string      `json:"practice_id"`
	UserID     string      `json:"user_id"`
	Action     string      `json:"action"` // "reset_mfa", "grant_user_management", "enable_user"
	Reason     string      `json:"reason"`
	State      string      `json:"state"` // "open", "submitted", "approved", "refused", "closed", "done", "expired"
	OpenedBy   string      `json:"opened_by"`
	OpenedAt   time.Time   `json:"opened_at"`
	Checks     []CaseCheck `json:"checks"`
	CodeTo     string      `json:"code_to,omitempty"`
	CodeUntil  time.Time   `json:"code_until,omitzero"`
	DecidedBy  string      `json:"decided_by,omitempty"`
	DecidedAt  time.Time   `json:"decided_at,omitzero"`
	Decision   string      `json:"decision,omitempty"`
	ActUntil   time.Time   `json:"act_until,omitzero"`
	DoneBy     string      `json:"done_by,omitempty"`
	DoneAt     time.Time   `json:"done_at,omitzero"`
}

// CaseCheck is a check that was made.
type CaseCheck struct {
	Name    string    `json:"name"`   // "call_back", "mailbox_code", "colleague", "personal"
	Result  string    `json:"result"` // "passed", "failed"
	How     string    `json:"how,omitempty"`
	By      string    `json:"by"`
	Voucher string    `json:"voucher,omitempty"` // "colleague": who confirmed
	At      time.Time `json:"at"`
}

// CaseDetail is a case with the names that belong to it.
type CaseDetail struct {
	Case
	Practice string            `json:"practice"`
	User     string            `json:"user"`
	Names    map[string]string `json:"names"`
	Blocks   string            `json:"blocks,omitempty"` // what is missing before it can be submitted
	May      []string          `json:"may"`
}

// NewCase is a case to open.
type NewCase struct {
	PracticeID string `json:"practice_id"`
	UserID     string `json:"user_id"`
	Action     string `json:"action"`
	Reason     string `json:"reason"`
}

// NewCheck is a check that was made.
type NewCheck struct {
	Name    string `json:"name"`
	Result  string `json:"result,omitempty"` // not for "mailbox_code": the code decides
	How     string `json:"how,omitempty"`
	Voucher string `json:"voucher,omitempty"` // "colleague" that passed: the user name of who confirmed
	Code    string `json:"code,omitempty"`    // "mailbox_code": what was read out
}

// CaseQuery narrows a list; empty fields do not.
type CaseQuery struct {
	Practice, User, OpenedBy string
	States                   []string
}

// Cases lists cases, newest first.
func (c *Client) Cases(ctx context.Context, q CaseQuery) iter.Seq2[Case, error] {
	r := get("cases")
	r.query = values("practice", q.Practice, "user", q.User, "opened_by", q.OpenedBy, "state", strings.Join(q.States, ","))
	return list[Case](ctx, c, r)
}

// Case shows a case.
func (c *Client) Case(ctx context.Context, id string) (CaseDetail, error) {
	return call[CaseDetail](ctx, c, get("cases", id))
}

// OpenCase opens one.
func (c *Client) OpenCase(ctx context.Context, n NewCase) (Case, error) {
	return call[Case](ctx, c, post("cases").with(n))
}

// SendCaseCode mails a code to be read out.
func (c *Client) SendCaseCode(ctx context.Context, id, to string) error {
	_, err := c.do(ctx, post("cases", id, "send-code").with(map[string]string{"to": to}))
	return err
}

// RecordCheck records a check.
func (c *Client) RecordCheck(ctx context.Context, id string, n NewCheck) error {
	_, err := c.do(ctx, post("cases", id, "checks").with(n))
	return err
}

// SubmitCase hands it to a second member of staff.
func (c *Client) SubmitCase(ctx context.Context, id string) error {
	_, err := c.do(ctx, post("cases", id, "submit"))
	return err
}

// ApproveCase approves it.
func (c *Client) ApproveCase(ctx context.Context, id, why string) error {
	return c.decide(ctx, id, "approve", why)
}

// RefuseCase refuses it.
func (c *Client) RefuseCase(ctx context.Context, id, why string) error {
	return c.decide(ctx, id, "refuse", why)
}

// PerformCase carries out its action.
func (c *Client) PerformCase(ctx context.Context, id string) error {
	_, err := c.do(ctx, post("cases", id, "perform"))
	return err
}

// CloseCase gives it up.
func (c *Client) CloseCase(ctx context.Context, id, why string) error {
	return c.decide(ctx, id, "close", why)
}

func (c *Client) decide(ctx context.Context, id, how, why string) error {
	_, err := c.do(ctx, post("cases", id, how).with(map[string]string{"why": why}))
	return err
}
