package directory_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

func sheetOf(names ...string) (people []directory.NewUser) {
	for _, name := range names {
		people = append(people, directory.NewUser{Username: name + "@example.com", Name: name})
	}
	return people
}

func outcomesOf(results []directory.ImportResult) (found []directory.Imported) {
	for _, r := range results {
		found = append(found, r.Outcome)
	}
	return found
}

func TestPeopleAreImportedOnce(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		people := sheetOf("ann", "ben", tom, "ann")
		want := []directory.Imported{directory.ImportCreated, directory.ImportCreated, directory.ImportPresent, directory.ImportPresent}
		results, err := w.ImportPeople(t.Context(), by(olivia), practiceX, "one", people, w.now)
		w.must(err)
		if diff := cmp.Diff(want, outcomesOf(results)); diff != "" {
			t.Error(diff)
		}
		events := w.fresh()
		if len(events) != 2 {
			t.Fatalf("%d events", len(events))
		}
		for _, e := range events {
			if e.Type != idp.EventUserCreated || e.Details["batch"] != "one" || e.Actor.ID != "usr_"+olivia || e.Address == "" || e.PracticeID != practiceX {
				t.Errorf("event %+v", e)
			}
		}
		again, err := w.ImportPeople(t.Context(), by(olivia), practiceX, "one", people, w.now) // after a crash, or by a second tab
		w.must(err)
		for i, r := range again {
			if r.Outcome != directory.ImportPresent {
				t.Errorf("%d: %+v", i, r)
			}
		}
		if len(w.fresh()) != 0 || len(w.mail()) != 0 {
			t.Error("the second time left something")
		}
	})
}

// ABUSE 33: an import gives no right that its giver lacks, and no password.
func TestAnImportGivesNoMoreThanItsGiverHas(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		people := sheetOf("boss", "staff", "ghost", "knows", "proved", "fine")
		people[0].Roles = []idp.Role{idp.RoleSystemAdministrator}
		people[1].Roles = []idp.Role{idp.RoleAPSStaff}
		people[2].BlockedApps = []idp.ClientID{"payroll"}
		people[3].PasswordHash = idp.NewSecret("$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy")
		people[4].EmailVerified = true
		people[5].Roles, people[5].PracticeID = []idp.Role{idp.RoleUserManagement}, practiceY // the practice is not the row's to say
		for _, give := range []func() ([]directory.ImportResult, error){
			func() ([]directory.ImportResult, error) {
				return w.CheckImport(t.Context(), by(uma), practiceX, people, w.now)
			},
			func() ([]directory.ImportResult, error) {
				return w.ImportPeople(t.Context(), by(uma), practiceX, "one", people, w.now)
			},
		} {
			results, err := give()
			w.must(err)
			for i, r := range results {
				if (r.Outcome == directory.ImportCreated) != (i == 5) || (r.Err == nil) != (i == 5) {
					t.Errorf("%s: %+v", people[i].Name, r)
				}
			}
		}
		account, err := w.store.FindAccountByUsername(t.Context(), "fine@example.com")
		w.must(err)
		if account.Practice.ID != practiceX || !account.User.Invited() {
			t.Errorf("%+v", account.User)
		}
	})
}

// ABUSE 26: an import tells no more of other practices than an invitation does, and who tries many names is stopped.
func TestAnImportLooksForNobodyElsewhere(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		checked, err := w.CheckImport(t.Context(), by(olivia), practiceX, sheetOf(bob, "free"), w.now)
		w.must(err)
		if checked[0].Outcome != directory.ImportCreated || checked[1].Outcome != directory.ImportCreated {
			t.Errorf("the preview tells of bob: %+v", checked)
		}
		results, err := w.ImportPeople(t.Context(), by(olivia), practiceX, "one", sheetOf(bob, "free"), w.now)
		w.must(err)
		if idp.CodeOf(results[0].Err) != idp.CodeInvalid || results[1].Outcome != directory.ImportCreated {
			t.Errorf("%+v", results)
		}
		refused := 0
		for _, e := range w.fresh() {
			if e.Result == idp.ResultFailure && e.Reason == idp.ReasonUsernameRefused && e.PracticeID == practiceX && e.UserID == "" {
				refused++
			}
		}
		if refused != 1 {
			t.Errorf("%d events", refused)
		}
		var guesses []directory.NewUser
		for n := range 3 {
			w.must(only(w.CreateUser(t.Context(), shell, directory.NewUser{PracticeID: practiceY, Username: fmt.Sprintf("y%d@example.com", n), Name: "Y"}, w.now)))
			guesses = append(guesses, sheetOf(fmt.Sprint("y", n))...)
		}
		w.fresh()
		_, err = w.ImportPeople(t.Context(), by(olivia), practiceX, "two", append(guesses, sheetOf("new")...), w.now)
		w.wantFull(err, idp.EventUserCreated, idp.LimitRefusedByImport)
		if _, err := w.store.FindAccountByUsername(t.Context(), "new@example.com"); idp.CodeOf(err) != idp.CodeNotFound {
			t.Errorf("a part that was refused left somebody: %v", err)
		}
	}, idp.Limits{idp.LimitRefusedByImport: {Most: 2, Window: 24 * 3600e9}})
}
