package signin_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
)

// BenchmarkCodeStep is one step of a sign-in without a password in it: the code of an authenticator app is checked and used up,
// the session started and the trail written in one SQL transaction (SQLite), and the sign-in saved (embedded Redis).
func BenchmarkCodeStep(b *testing.B) {
	h := newHouse(b)
	cookie := idp.RandomSecret(32)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		h.now = h.now.Add(30 * time.Second) // a code of its own for each
		tx := signin.Transaction{
			ID: idp.NewID(""), Version: 1, State: signin.StateTOTP, Binding: cookie.Hash(), SID: idp.NewSID(),
			Request:   signin.Request{ClientID: "timesheets", RedirectURI: "https://timesheets.example/cb"},
			CreatedAt: h.now, ExpiresAt: h.now.Add(signin.Lifetime), PasswordAt: h.now,
			UserID: "usr_app", PracticeID: "prc_mfa", Username: "app@example.com", HasPIN: true,
			Requirement: policy.Requirement{ACR: idp.ACRMFA, Reason: policy.MFAPracticeActivated},
			Using:       signin.Using{ID: "aut_app", Kind: idp.KindTOTP},
		}
		if err := h.redis.Transactions().Create(bg, tx); err != nil {
			b.Fatal(err)
		}
		form := code(totpAt(b, totpKey, h.now))
		b.StartTimer()
		out, err := h.Submit(bg, signin.Browser{Transaction: tx.ID, Cookie: cookie}, signin.StateTOTP, form, h.now)
		if err != nil || out.State != signin.StateDone {
			b.Fatalf("%+v, %v", out, err)
		}
	}
}

// BenchmarkNext is the transition alone.
func BenchmarkNext(b *testing.B) {
	tx := signin.Transaction{State: signin.StateTOTP, UserID: "usr_1", PasswordAt: time.Unix(1, 0), HasPIN: true, ExpiresAt: time.Unix(1000, 0),
		Using: signin.Using{ID: "aut_app", Kind: idp.KindTOTP}}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := signin.Next(tx, signin.CodeAccepted{Step: 1}, time.Unix(2, 0)); err != nil {
			b.Fatal(err)
		}
	}
}
