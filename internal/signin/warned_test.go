package signin_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// left tries the form until it locks, and returns what each try said is left.
func (b *tab) left(form signin.Form) (said []int) {
	b.t.Helper()
	for range policy.MaxFailures {
		out, err := b.try(form)
		if err != nil {
			b.t.Fatal(err)
		}
		if out.Problem == nil {
			return said
		}
		said = append(said, out.Problem.Left)
	}
	b.t.Fatal("it never locked")
	return nil
}

func TestEachLockIsAnnounced(t *testing.T) {
	h := newHouse(t)
	want := []int{0, 0, 2, 1}
	wrong := login("app")
	wrong.Password = idp.NewSecret("a wrong password")
	if got := h.open("timesheets").left(wrong); !slices.Equal(got, want) {
		t.Errorf("password: %v", got)
	}
	guess := code(wrongFor(totpAt(t, totpKey, h.now)))
	if got := h.open("timesheets").post(login("sms"), signin.StateSMS).post(signin.Form{Action: "lost-device"}, signin.StateRecover).left(signin.Form{PIN: idp.NewSecret("111119")}); !slices.Equal(got, want) {
		t.Errorf("PIN: %v", got)
	}
	h.unlockPassword("app@example.com")
	if got := h.open("timesheets").post(login("app"), signin.StateTOTP).left(guess); !slices.Equal(got, want) {
		t.Errorf("code: %v", got)
	}
}

func (h *house) unlockPassword(username string) {
	h.t.Helper()
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.UpdateGuard(ctx, policy.PasswordGuard(username), idp.ProofPassword, func(g idp.Guard) idp.Guard { return policy.Unlock(g, h.now) })
	})
}

// A user name that no account has is warned of exactly as one that an account has: within a day, over days, and after a lock.
func TestWarningsDoNotTellWhoExists(t *testing.T) { // ABUSE 26
	for name, waits := range map[string][]time.Duration{
		"at once":                {0, 0, 0, 0, 0, 0, 0},
		"a few a day":            {0, 0, 0, 25 * time.Hour},
		"one a day":              {0, 25 * time.Hour, 25 * time.Hour, 25 * time.Hour},
		"a little less than one": {0, 23 * time.Hour, 23 * time.Hour, 23 * time.Hour, 23 * time.Hour},
		"after the lock":         {0, 0, 0, 0, 0, 20 * time.Minute, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			begun := h.now
			var said [3][]int
			for i, username := range []string{"app@example.com", "nobody@example.com", "disabled@example.com"} {
				h.now = begun
				for _, wait := range waits {
					h.now = h.now.Add(wait)
					if wait > policy.CountersKept && username == "nobody@example.com" { // what Redis does by its own clock
						h.forgetStranger(username)
					}
					out, err := h.open("timesheets").try(signin.Form{Username: username, Password: idp.NewSecret("a wrong password")})
					if err != nil {
						t.Fatal(err)
					}
					left := -1
					if out.Problem != nil {
						left = out.Problem.Left
					}
					said[i] = append(said[i], left)
				}
			}
			if !slices.Equal(said[0], said[1]) || !slices.Equal(said[0], said[2]) {
				t.Errorf("known %v, unknown %v, disabled %v", said[0], said[1], said[2])
			}
		})
	}
}

func (h *house) forgetStranger(username string) {
	h.t.Helper()
	if err := h.redis.SaveStranger(bg, idp.Guard{Subject: policy.PasswordGuard(username), Proof: idp.ProofPassword}); err != nil {
		h.t.Fatal(err)
	}
}

// Who administers a practice is not sent to the practice's administrator, and who works at APS not to APS.
func TestNobodyIsSentToThemselves(t *testing.T) {
	for role, want := range map[idp.Role]signin.Helper{
		"": signin.HelperAdministrator, idp.RoleUserManagement: signin.HelperAdministrator,
		idp.RoleSystemAdministrator: signin.HelperAnother, idp.RoleAPSStaff: signin.HelperColleague,
	} {
		h := newHouse(t)
		h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
			u, err := tx.FindUser(ctx, "prc_mfa", "usr_app")
			if err != nil {
				return err
			}
			if role != "" {
				u.Roles = []idp.Role{role}
			}
			return tx.UpdateUser(ctx, u)
		})
		b := h.open("timesheets").post(login("app"), signin.StateTOTP).post(signin.Form{Action: "lost-device"}, signin.StateRecover)
		if got := b.post(signin.Form{Action: "forgot-pin"}, signin.StateEnded).view().Helper; got != want {
			t.Errorf("%q: %q, want %q", role, got, want)
		}
		wrong := login("app") // nothing is known of a person whose password was not right
		wrong.Password = idp.NewSecret("a wrong password")
		locked := h.open("timesheets")
		locked.left(wrong)
		if got := locked.view().Helper; got != signin.HelperAdministrator {
			t.Errorf("%q: a stranger is told %q", role, got)
		}
	}
}

// The steps of a set-up are counted from the choice to the PIN; who has a PIN has one less, and a sign-in that sets nothing up has none.
func TestSetUpCountsItsSteps(t *testing.T) {
	h := newHouse(t)
	wantStep := func(b *tab, step, steps int, again bool) {
		t.Helper()
		if v := b.view(); v.Step != step || v.Steps != steps || v.Again != again {
			t.Errorf("%s: step %d of %d, again %v", v.State, v.Step, v.Steps, v.Again)
		}
	}
	b := h.smsSetup()
	wantStep(b, 2, 3, false)
	if v := b.view(); v.Country != "AU" {
		t.Errorf("country %q", v.Country)
	}
	wantStep(b.post(mobile, signin.StateSMSVerify), 2, 3, false)
	wantStep(b.post(code(h.phone.code(t)), signin.StateRecoveryPIN), 3, 3, false)

	h.now = h.now.Add(time.Minute)
	b = h.open("timesheets").post(login("app"), signin.StateTOTP)
	wantStep(b, 0, 0, false)
	b.post(signin.Form{Action: "lost-device"}, signin.StateRecover).post(signin.Form{PIN: idp.NewSecret("739418")}, signin.StateRevoke)
	wantStep(b.post(signin.Form{}, signin.StateChoose), 1, 3, true)
	wantStep(b.post(signin.Form{Kind: idp.KindTOTP}, signin.StateTOTPSetup), 2, 3, true)
	wantStep(b.post(signin.Form{Action: "back"}, signin.StateChoose), 1, 3, true)

	h = newHouse(t)
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error { // has a PIN, and no authenticator
		return tx.SavePIN(ctx, idp.RecoveryPIN{PracticeID: "prc_mfa", UserID: "usr_never", Hash: idp.NewSecret("hash"), CreatedAt: h.now})
	})
	wantStep(h.open("timesheets").post(login("never"), signin.StateChoose), 1, 2, false)
}

// The country of a mobile number is the practice's until the person chooses another one.
func TestTheCountryIsThePractices(t *testing.T) {
	h := newHouse(t)
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		p, err := tx.FindPractice(ctx, "prc_mfa")
		if err != nil {
			return err
		}
		p.Region = idp.RegionNZ
		return tx.UpdatePractice(ctx, p)
	})
	b := h.smsSetup()
	if v := b.view(); v.Country != "NZ" {
		t.Errorf("country %q", v.Country)
	}
	b.post(mobile, signin.StateSMSVerify).post(signin.Form{Action: "back"}, signin.StateSMSSetup)
	if v := b.view(); v.Country != "AU" {
		t.Errorf("the chosen country is %q", v.Country)
	}
}
