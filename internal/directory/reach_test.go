package directory_test

import (
	"context"
	"maps"
	"reflect"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// reach is how a method of a service is tried by those who may not.
type reach struct {
	foreign func(context.Context, *town) error // bob of practice Y names something of practice X: it is not there
	weak    func(context.Context, *town) error // tom of practice X, who has no rights over others: forbidden
	why     string                             // why one of them is missing, or both
}

// reaches holds every method of every service.
func reaches() map[string]reach {
	all := map[string]reach{}
	for _, part := range []map[string]reach{peopleReach(), ownReach(), shellReach(), practiceReach(), clientReach(), caseReach()} {
		maps.Copy(all, part)
	}
	return all
}

// What practice X has for others to name.
const (
	integrationX idp.ClientID     = "fusesign-x"
	caseX        idp.CaseID       = "cas_x"
	activationX  idp.ActivationID = "act_x"
)

func (w *town) furnish() {
	w.t.Helper()
	n := machine(practiceX)
	n.ID = integrationX
	_, _, err := w.RegisterClient(w.t.Context(), shell, n, w.now)
	w.must(err)
	w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
		err := tx.CreateActivation(ctx, idp.Activation{
			ID: activationX, PracticeID: practiceX, RequestedBy: "usr_" + olivia, RequestedAt: w.now, State: idp.ActivationOpen, Version: 1,
		})
		if err != nil {
			return err
		}
		return tx.CreateCase(ctx, idp.Case{
			ID: caseX, PracticeID: practiceX, UserID: "usr_" + tom, Action: idp.CaseResetMFA, Reason: "lost the phone",
			State: idp.CaseOpen, OpenedBy: "usr_" + riley, OpenedAt: w.now, Version: 1,
		})
	})
	w.fresh()
}

// methods names every method of every service, and of the directory itself.
func methods() (names []string) {
	all := reflect.TypeFor[directory.Directory]()
	types := []reflect.Type{reflect.TypeFor[*directory.Directory]()}
	for i := range all.NumField() {
		if all.Field(i).IsExported() {
			types = append(types, all.Field(i).Type)
		}
	}
	for _, each := range types {
		for i := range each.NumMethod() {
			names = append(names, each.Method(i).Name)
		}
	}
	return names
}

// ABUSE 32, 33: every command and query, with another practice's identifier and with too few rights. A new method without a row
// fails here.
func TestEveryMethodIsOutOfReach(t *testing.T) {
	rows := reaches()
	for _, name := range methods() {
		row, found := rows[name]
		if !found {
			t.Errorf("%s has no row: how is it tried from another practice, and with too few rights?", name)
		}
		if (row.foreign == nil || row.weak == nil) && row.why == "" {
			t.Errorf("%s does not say why it is not tried", name)
		}
		delete(rows, name)
	}
	for name := range rows {
		t.Errorf("there is no method %s", name)
	}
	inTown(t, func(t *testing.T, w *town) {
		w.furnish()
		for name, row := range reaches() {
			if row.foreign != nil {
				wantCode(t, name+" from another practice", row.foreign(t.Context(), w), idp.CodeNotFound)
				w.wantAttempt(name+" from another practice", bob, practiceY)
			}
			if row.weak != nil {
				wantCode(t, name+" with too few rights", row.weak(t.Context(), w), idp.CodeForbidden)
				w.wantAttempt(name+" with too few rights", tom, practiceX)
			}
		}
		w.untouched()
	})
}

// wantAttempt checks that the one thing left is an event of the failure, in the caller's practice.
func (w *town) wantAttempt(what, name string, practice idp.PracticeID) {
	w.t.Helper()
	left := w.fresh()
	if len(left) != 1 {
		w.t.Errorf("%s: events %+v", what, left)
		return
	}
	if e := left[0]; e.Result != idp.ResultFailure || e.Reason == "" || e.PracticeID != practice || e.Actor.ID != "usr_"+name || e.Address == "" {
		w.t.Errorf("%s: event %+v", what, e)
	}
}

// page is any.
func page() directory.Page { return directory.Page{Limit: 10} }

// only returns the error of a method that answers something.
func only[T any](_ T, err error) error { return err }

// only2 does the same for one that answers two things.
func only2[T, U any](_ T, _ U, err error) error { return err }

// try calls a method as the given caller.
type try func(context.Context, *town, directory.Caller) error

// named tries a method that names something of practice X.
func named(method try) reach {
	return reach{
		foreign: func(ctx context.Context, w *town) error { return method(ctx, w, by(bob)) },
		weak:    func(ctx context.Context, w *town) error { return method(ctx, w, by(tom)) },
	}
}

// closed tries a method that names no object of a practice, or is refused whatever it names.
func closed(why string, method try) reach {
	return reach{why: why, weak: func(ctx context.Context, w *town) error { return method(ctx, w, by(tom)) }}
}

const (
	forAPS   = "names nothing; APS alone may"
	forShell = "the machine's own shell alone may, whatever is named"
)
