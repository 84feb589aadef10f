package sqlstore

import (
	"errors"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// checkFixture3 looks at what version 3 added: what the pages of people, practices and support need.
func checkFixture3(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	january, february := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), time.Date(2026, 2, 2, 3, 4, 5, 0, time.UTC)
	const day = 24 * time.Hour
	account, err := s.FindAccount(ctx, "usr_eve")
	equal(t, err, account, idp.Account{
		User: idp.User{
			ID: "usr_eve", PracticeID: "prc_maui", Username: "eve@maui.example", Name: "Eve Ngāta", State: idp.UserActive,
			Roles: []idp.Role{idp.RoleUserManagement}, BlockedApps: []idp.ClientID{"timesheets"}, EmailVerifiedAt: february,
			CreatedAt: january, UpdatedAt: january, Version: 1,
		},
		Practice: idp.Practice{
			ID: "prc_maui", Kind: idp.PracticeCustomer, State: idp.PracticeActive,
			MFA: idp.MFARequested, MFARequiredFrom: time.Date(2026, 12, 31, 11, 0, 0, 0, time.UTC),
			Apps: []idp.ClientID{"contacts"}, CreatedAt: january, UpdatedAt: january, Version: 1,
			PracticeDetails: idp.PracticeDetails{Name: "Māui Ledgers", Region: idp.RegionNZ, TimeZone: "Pacific/Auckland", Phone: "+64 9 555 0100"},
		},
	})
	client, err := s.FindClient(ctx, "bgl")
	equal(t, err, client, idp.Client{
		Registration: idp.Registration{
			ID: "bgl", Name: "BGL", Kind: idp.ClientMachine, AuthMethod: idp.AuthKey,
			Scopes: []string{"documents"}, IDTokenAlg: "ES256", PracticeID: "prc_maui", Profile: idp.ProfileDefault, Access: idp.AccessStaff,
			Brings: []idp.ClientID{"support"}, Owner: "Eve", Purpose: "Files the returns", ReviewAt: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC),
			PublicKeys: `{"keys":[]}`,
		},
		Secrets:    []idp.ClientSecret{{ID: "sec_one", Hash: "ee", CreatedAt: january}},
		LastUsedAt: time.Date(2026, 2, 2, 3, 0, 0, 0, time.UTC), CreatedAt: january, UpdatedAt: january, Version: 1,
	})
	people, _, err := s.SearchUsers(ctx, "prc_maui", directory.UserQuery{Search: "ngā", Filter: directory.FilterLocked}, Page{}, february)
	equal(t, err, people, []directory.Person{{User: account.User, Locked: true}})
	invite, err := s.FindInvite(ctx, "prc_maui", "usr_eve")
	equal(t, err, invite, idp.Link{
		Hash: "l2", Purpose: idp.LinkInvite, PracticeID: "prc_maui", UserID: "usr_eve", CreatedBy: idp.Actor{Kind: idp.ActorUser, ID: "usr_ada"},
		CreatedAt: january.Add(day), ExpiresAt: january.Add(8 * day), UsedAt: january.Add(2 * day),
	})
	revoked, err := s.FindLink(ctx, "l1")
	equal(t, err, revoked.RevokedAt, january.Add(day))
	request, err := s.LastActivation(ctx, "prc_maui")
	equal(t, err, request, idp.Activation{
		ID: "act_one", PracticeID: "prc_maui", RequestedBy: "usr_eve", RequestedAt: january, Note: "Please", State: idp.ActivationDeclined,
		AnsweredBy: idp.Actor{Kind: idp.ActorStaff, ID: "usr_bob"}, AnsweredAt: january.Add(day), Answer: "Not yet", Version: 2,
	})
	help, err := s.FindCase(ctx, "cas_one")
	equal(t, err, help, idp.Case{
		ID: "cas_one", PracticeID: "prc_maui", UserID: "usr_eve", Action: idp.CaseResetMFA, Reason: "Lost the phone", State: idp.CaseApproved,
		OpenedBy: "usr_bob", OpenedAt: february, Checks: []idp.CaseCheck{{
			Name: idp.CheckCallBack, Result: idp.CheckPassed, How: "Rang the number on file", By: "usr_bob", At: february.Add(10 * time.Minute),
		}},
		CodeHash: idp.NewSecret("$argon2id$code"), CodeTo: "usr_eve", CodeUntil: february.Add(30 * time.Minute), CodeMisses: 1,
		DecidedBy: "usr_cay", DecidedAt: february.Add(20 * time.Minute), Decision: "Fine", ActUntil: february.Add(80 * time.Minute), Version: 3,
	})
	err = s.InTx(ctx, func(tx *Tx) error {
		fresh, err := tx.TakeReminder(ctx, "mfa/usr_eve/2026-12-31/30", february)
		return errors.Join(err, tx.CreateAuthenticator(ctx, idp.Authenticator{
			ID: "aut_gone", PracticeID: "prc_maui", UserID: "usr_eve", Kind: idp.KindTOTP, TOTPKey: idp.NewSecret("x"), CreatedAt: january,
		}), falseOr(fresh, "the reminder is sent again"))
	})
	equal(t, err, 0, 0)
	bound, err := s.ListAuthenticators(ctx, "prc_maui", "usr_eve")
	equal(t, err, len(bound), 0)
}

func falseOr(is bool, complaint string) error {
	if is {
		return errors.New(complaint)
	}
	return nil
}
