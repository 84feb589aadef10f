package proof_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
)

// wire answers the limits and the provider as it is told, and remembers what was asked and sent.
type wire struct {
	verdict  idp.SMSVerdict
	down     error // of the limits
	fails    error // of the provider
	asked    idp.SMSAsk
	sent     []string
	verified string
}

func (w *wire) Take(_ context.Context, ask idp.SMSAsk, _ time.Time) (idp.SMSVerdict, error) {
	w.asked = ask
	return w.verdict, w.down
}

func (w *wire) Verified(_ context.Context, ask idp.SMSAsk, _ time.Time) error {
	w.verified = ask.Country
	return nil
}

func (w *wire) SendSMS(_ context.Context, to idp.Secret, text string) error {
	w.sent = append(w.sent, to.Reveal()+" "+text)
	return w.fails
}

func (w *wire) SecurityCode(code idp.Secret) string { return "code " + code.Reveal() }

func TestWhatBecomesOfACode(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	down := errors.New("redis is down")
	for name, c := range map[string]struct {
		wire  wire
		came  proof.Delivery
		retry time.Time
		err   error
		sends int
	}{
		"sent":               {came: proof.Sent, sends: 1},
		"too soon":           {wire: wire{verdict: idp.SMSVerdict{Wait: 20 * time.Second}}, came: proof.SendWait, retry: now.Add(20 * time.Second)},
		"a limit":            {wire: wire{verdict: idp.SMSVerdict{Closed: "day", Until: now.Add(time.Hour)}}, came: proof.SMSClosed, retry: now.Add(time.Hour)},
		"no such number":     {wire: wire{fails: idp.ErrInvalid}, came: proof.NumberRefused, sends: 1},
		"provider throttles": {wire: wire{fails: idp.ErrBusy}, came: proof.CodeNotSent, sends: 1},
		"provider is down":   {wire: wire{fails: idp.ErrUnavailable}, came: proof.CodeNotSent, sends: 1},
		"limits are down":    {wire: wire{down: down}, err: down},
	} {
		t.Run(name, func(t *testing.T) {
			w := c.wire
			codes, err := proof.NewCodes(&w, &w, &w)
			if err != nil {
				t.Fatal(err)
			}
			ask := idp.SMSAsk{UserID: "usr_1", Phone: idp.NewSecret("+64211234567"), Address: "203.0.113.7"}
			got, err := codes.Send(t.Context(), ask, idp.NewSecret("123456"), now)
			if got.Came != c.came || !got.Retry.Equal(c.retry) || (got.Limit != "") != (c.came == proof.SMSClosed) || !errors.Is(err, c.err) || len(w.sent) != c.sends {
				t.Errorf("got %+v, %v, %d sent", got, err, len(w.sent))
			}
			ask.Country = "NZ"
			if w.asked != ask {
				t.Errorf("the limits were asked %+v", w.asked)
			}
			if c.sends > 0 && w.sent[0] != "+64211234567 code 123456" {
				t.Errorf("sent %q", w.sent)
			}
		})
	}
	w := &wire{}
	codes, err := proof.NewCodes(w, w, w)
	if err != nil {
		t.Fatal(err)
	}
	if err := codes.Verified(t.Context(), idp.SMSAsk{Phone: idp.NewSecret("+61491570006")}, now); err != nil || w.verified != "AU" {
		t.Errorf("verified %q, %v", w.verified, err)
	}
	if _, err := proof.NewCodes(nil, w, w); err == nil {
		t.Error("made without limits")
	}
}

// counter is one failure counter in memory; the stores' own are tested by their contract.
type counter struct{ idp.Guard }

func (c *counter) UpdateGuard(_ context.Context, subject string, kind idp.Proof, change func(idp.Guard) idp.Guard) error {
	c.Subject, c.Proof = subject, kind
	c.Guard = change(c.Guard)
	return nil
}

func TestATryIsSettledOnItsCounter(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	c := &counter{}
	settle := func(right bool) proof.Settled {
		settled, err := proof.Settle(t.Context(), c, "usr_1", idp.ProofCode, right, now)
		if err != nil {
			t.Fatal(err)
		}
		return settled
	}
	for n, left := range []int{0, 0, 2, 1} {
		n++
		if got := settle(false); got != (proof.Settled{Verdict: policy.Rejected, Left: left}) || c.Failures != n {
			t.Fatalf("try %d: %+v, counted %d", n, got, c.Failures)
		}
	}
	locked := now.Add(policy.LockDuration(idp.ProofCode, 1))
	if got := settle(false); got != (proof.Settled{Verdict: policy.LockedNow, Until: locked}) {
		t.Fatalf("the last try: %+v", got)
	}
	if got := settle(true); got != (proof.Settled{Verdict: policy.Locked, Until: locked}) {
		t.Fatalf("a right one under the lock: %+v", got)
	}
	before := c.Guard
	held, err := proof.Hold(t.Context(), c, "usr_1", idp.ProofCode)
	if err != nil || held != before || c.Guard != before {
		t.Errorf("holding it changed %+v to %+v, %v", before, c.Guard, err)
	}
}
