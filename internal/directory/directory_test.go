package directory_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func practice(t *testing.T, s *services, name string) idp.Practice {
	t.Helper()
	p, err := s.CreatePractice(t.Context(), shell, directory.NewPractice{
		Kind: idp.PracticeCustomer, MFA: idp.MFAActive, Apps: []idp.ClientID{"timesheets", "contacts", "timesheets"},
		PracticeDetails: idp.PracticeDetails{Name: name, Region: idp.RegionAU, TimeZone: "Australia/Hobart"},
	}, now())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func events(t *testing.T, store *sqlstore.Store, practice idp.PracticeID) []idp.AuditEvent {
	t.Helper()
	var all []idp.AuditEvent
	for page := (directory.Page{Limit: 200}); ; {
		found, next, err := store.SearchEvents(t.Context(), practice, directory.EventQuery{}, page)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
		if next == "" {
			return all
		}
		page.After = next
	}
}

func TestEveryCommandLeavesItsEvent(t *testing.T) {
	s, store := open(t)
	ctx := t.Context()
	p := practice(t, s, "Harbour & Finch")
	user, err := s.CreateUser(ctx, shell, directory.NewUser{
		PracticeID: p.ID, Username: " Mia@Harbour.example ", Name: "Mia", Password: idp.NewSecret("correct-horse-harbour-1"),
	}, now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.BindAuthenticator(ctx, shell, directory.NewAuthenticator{
		PracticeID: p.ID, UserID: user.ID, Kind: idp.KindSMS, Country: "AU", Phone: "0412 345 678",
	}, now()); err != nil {
		t.Fatal(err)
	}
	if err := s.SetPIN(ctx, shell, directory.NewPIN{PracticeID: p.ID, UserID: user.ID, PIN: idp.NewSecret("580341")}, now()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.RegisterClient(ctx, shell, machine(p.ID), now()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range events(t, store, p.ID) {
		got = append(got, string(e.Type))
		if e.Actor != shell.Actor || e.Result != idp.ResultSuccess {
			t.Errorf("%s: %+v", e.Type, e)
		}
		for _, value := range e.Details {
			if strings.Contains(value, "412345678") || strings.Contains(value, "580341") {
				t.Errorf("%s tells a secret: %v", e.Type, e.Details)
			}
		}
	}
	want := map[string]bool{"practice.created": true, "user.created": true, "authenticator.bound": true, "recovery_pin.created": true, "client.registered": true}
	if len(got) != len(want) {
		t.Fatalf("events %v", got)
	}
	for _, kind := range got {
		if !want[kind] {
			t.Errorf("unexpected %s", kind)
		}
	}
	account, err := store.FindAccountByUsername(ctx, "mia@harbour.example")
	if err != nil {
		t.Fatal(err)
	}
	if len(account.Authenticators) != 1 || account.Authenticators[0].Phone.Reveal() != "+61412345678" || account.PIN == nil {
		t.Errorf("account %+v", account)
	}
	if diff := cmp.Diff([]idp.ClientID{"contacts", "timesheets"}, account.Practice.Apps); diff != "" {
		t.Error(diff)
	}
}

func TestTakenAndUnknownLeaveNothing(t *testing.T) {
	s, store := open(t)
	ctx := t.Context()
	p, other := practice(t, s, "One"), practice(t, s, "Two")
	mia := directory.NewUser{PracticeID: p.ID, Username: "mia@one.example", Name: "Mia"}
	user, err := s.CreateUser(ctx, shell, mia, now())
	if err != nil {
		t.Fatal(err)
	}
	mia.PracticeID = other.ID
	if _, err := s.CreateUser(ctx, shell, mia, now()); idp.CodeOf(err) != idp.CodeConflict {
		t.Errorf("a user name of another practice: %v", err)
	}
	mia.PracticeID, mia.Username = "prc_none", "new@one.example"
	if _, err := s.CreateUser(ctx, shell, mia, now()); idp.CodeOf(err) != idp.CodeNotFound {
		t.Errorf("unknown practice: %v", err)
	}
	bind := directory.NewAuthenticator{PracticeID: other.ID, UserID: user.ID, Kind: idp.KindTOTP, TOTPKey: authenticator.NewTOTPKey()}
	if _, err := s.BindAuthenticator(ctx, shell, bind, now()); idp.CodeOf(err) != idp.CodeNotFound { // ABUSE 32
		t.Errorf("a person of another practice: %v", err)
	}
	pin := directory.NewPIN{PracticeID: other.ID, UserID: user.ID, PIN: idp.NewSecret("580341")}
	if err := s.SetPIN(ctx, shell, pin, now()); idp.CodeOf(err) != idp.CodeNotFound { // ABUSE 32
		t.Errorf("a PIN across practices: %v", err)
	}
	if got := events(t, store, other.ID); len(got) != 1 {
		t.Errorf("commands that failed left events: %+v", got)
	}
}

func TestBadPeopleAndPractices(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	p := practice(t, s, "One")
	for field, n := range map[string]directory.NewUser{
		"username": {Username: "mia", Name: "Mia"},
		"name":     {Username: "m@x.example", Name: "Mia\r\nBcc: all@x.example"},
		"roles":    {Username: "m@x.example", Name: "Mia", Roles: []idp.Role{"god"}},
		"password": {Username: "m@x.example", Name: "Mia", Password: idp.NewSecret("short")},
	} {
		n.PracticeID = p.ID
		_, err := s.CreateUser(ctx, shell, n, now())
		wantField(t, err, field)
	}
	for field, n := range map[string]directory.NewPractice{
		"id":        {PracticeDetails: idp.PracticeDetails{Name: "X", TimeZone: "UTC", Region: idp.RegionAU}, ID: "usr_1", Kind: idp.PracticeCustomer, MFA: idp.MFAOff},
		"name":      {PracticeDetails: idp.PracticeDetails{Name: " ", TimeZone: "UTC", Region: idp.RegionAU}, Kind: idp.PracticeCustomer, MFA: idp.MFAOff},
		"time_zone": {PracticeDetails: idp.PracticeDetails{Name: "X", TimeZone: "Mars", Region: idp.RegionAU}, Kind: idp.PracticeCustomer, MFA: idp.MFAOff},
		"region":    {PracticeDetails: idp.PracticeDetails{Name: "X", TimeZone: "UTC", Region: "US"}, Kind: idp.PracticeCustomer, MFA: idp.MFAOff},
		"mfa":       {PracticeDetails: idp.PracticeDetails{Name: "X", TimeZone: "UTC", Region: idp.RegionAU}, Kind: idp.PracticeCustomer, MFA: "perhaps"},
	} {
		_, err := s.CreatePractice(ctx, shell, n, now())
		wantField(t, err, field)
	}
}

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	var e *idp.Error
	if !errors.As(err, &e) || e.Code != idp.CodeInvalid || e.Field != field {
		t.Errorf("got %v, want %s to be refused", err, field)
	}
}
