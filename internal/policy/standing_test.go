package policy_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// A sign-in stands on each fact by itself: what falls away is named, and nothing else makes it fall (ABUSE 48).
func TestWhatASignInStandsOn(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	client := idp.Client{Registration: idp.Registration{ID: "timesheets", Kind: idp.ClientWeb, Access: idp.AccessPractice}}
	account := func() idp.Account {
		return idp.Account{
			User:           idp.User{ID: "usr_1", Username: "mia@example.com", State: idp.UserActive, PasswordChangedAt: now.Add(-time.Hour)},
			Practice:       idp.Practice{ID: "prc_1", State: idp.PracticeActive, Apps: []idp.ClientID{"timesheets"}},
			Authenticators: []idp.Authenticator{{ID: "aut_1"}, {ID: "aut_2"}},
			PIN:            &idp.RecoveryPIN{CreatedAt: now.Add(-2 * time.Hour)},
		}
	}
	basis := policy.Basis{Username: "mia@example.com", Password: now.Add(-time.Hour), Authenticator: "aut_1", PIN: now.Add(-2 * time.Hour)}
	for name, c := range map[string]struct {
		change func(*policy.Basis, *idp.Account, *idp.Client)
		want   policy.Fallen
	}{
		"nothing": {func(*policy.Basis, *idp.Account, *idp.Client) {}, policy.FallenNothing},
		"the same moment in another zone": {func(b *policy.Basis, _ *idp.Account, _ *idp.Client) {
			b.Password = b.Password.In(time.FixedZone("", 3600))
		}, policy.FallenNothing},
		"another user name": {func(_ *policy.Basis, a *idp.Account, _ *idp.Client) { a.User.Username = "other@example.com" }, policy.FallenUsername},
		"another password":  {func(_ *policy.Basis, a *idp.Account, _ *idp.Client) { a.User.PasswordChangedAt = now }, policy.FallenPassword},
		"another password, by a clock that was set back": {func(_ *policy.Basis, a *idp.Account, _ *idp.Client) {
			a.User.PasswordChangedAt = now.Add(-48 * time.Hour)
		}, policy.FallenPassword},
		"a disabled account":   {func(_ *policy.Basis, a *idp.Account, _ *idp.Client) { a.User.State = idp.UserDisabled }, policy.FallenAccess},
		"a suspended practice": {func(_ *policy.Basis, a *idp.Account, _ *idp.Client) { a.Practice.State = idp.PracticeSuspended }, policy.FallenAccess},
		"a disabled app":       {func(_ *policy.Basis, _ *idp.Account, c *idp.Client) { c.Disabled = true }, policy.FallenAccess},
		"an app of the practice less": {func(_ *policy.Basis, a *idp.Account, _ *idp.Client) {
			a.Practice.Apps = nil
		}, policy.FallenAccess},
		"an app of the person less": {func(_ *policy.Basis, a *idp.Account, _ *idp.Client) {
			a.User.BlockedApps = []idp.ClientID{"timesheets"}
		}, policy.FallenAccess},
		"the authenticator": {func(_ *policy.Basis, a *idp.Account, _ *idp.Client) { a.Authenticators = a.Authenticators[1:] }, policy.FallenAuthenticator},
		"another authenticator": {func(_ *policy.Basis, a *idp.Account, _ *idp.Client) {
			a.Authenticators = a.Authenticators[:1]
		}, policy.FallenNothing},
		"one that was set up meanwhile": {func(b *policy.Basis, _ *idp.Account, _ *idp.Client) { b.Authenticator = "" }, policy.FallenAuthenticator},
		"another PIN":                   {func(_ *policy.Basis, a *idp.Account, _ *idp.Client) { a.PIN.CreatedAt = now }, policy.FallenPIN},
		"no PIN":                        {func(_ *policy.Basis, a *idp.Account, _ *idp.Client) { a.PIN = nil }, policy.FallenPIN},
		"a PIN that rests": {func(_ *policy.Basis, a *idp.Account, _ *idp.Client) {
			a.User.PasswordResetAt = now.Add(-time.Minute)
		}, policy.FallenPIN},
		"a PIN that was not given": {func(b *policy.Basis, a *idp.Account, _ *idp.Client) { b.PIN, a.PIN = time.Time{}, nil }, policy.FallenNothing},
	} {
		b, a, app := basis, account(), client
		c.change(&b, &a, &app)
		if got := policy.Standing(b, a, app, now); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A session of a password alone does not suffice where MFA has been required since.
func TestWhatASessionSufficesFor(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	client := idp.Client{Registration: idp.Registration{ID: "timesheets", Kind: idp.ClientWeb, Access: idp.AccessPractice}}
	account := idp.Account{
		User:     idp.User{State: idp.UserActive},
		Practice: idp.Practice{State: idp.PracticeActive, Apps: []idp.ClientID{"timesheets"}},
	}
	activated := account
	activated.Practice.MFA = idp.MFAActive
	for _, c := range []struct {
		acr     idp.ACR
		account idp.Account
		want    policy.Fallen
	}{
		{idp.ACRPassword, account, policy.FallenNothing}, {idp.ACRMFA, account, policy.FallenNothing},
		{idp.ACRPassword, activated, policy.FallenMFA}, {idp.ACRMFA, activated, policy.FallenNothing},
		{idp.ACRMFA, idp.Account{}, policy.FallenAccess},
	} {
		if got := policy.Suffices(c.acr, c.account.User, c.account.Practice, client, now); got != c.want {
			t.Errorf("%s: %q, want %q", c.acr, got, c.want)
		}
	}
}
