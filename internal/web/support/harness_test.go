package support_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testworld"
)

// house is the whole program with the demo's people.
type house struct {
	*testworld.World
	t *testing.T
}

func open(t *testing.T) *house {
	t.Helper()
	return &house{World: testworld.Open(t), t: t}
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// as is the person as a caller who gives a command without a page.
func (h *house) as(name string, kind idp.ActorKind) directory.Caller {
	h.t.Helper()
	return directory.Caller{Actor: idp.Actor{Kind: kind, ID: string(h.Account(name).User.ID)}, Proved: testworld.Fresh()}
}

// update changes a stored person directly, without the service's knowledge.
func (h *house) update(name string, change func(*idp.User)) {
	h.t.Helper()
	user := h.Account(name).User
	change(&user)
	h.must(h.Records().InTx(h.t.Context(), func(tx *sqlstore.Tx) error { return tx.UpdateUser(h.t.Context(), user) }))
}

// surfer is a visitor who stands for a known person.
type surfer struct {
	*testworld.Visitor
	who demo.Person
}

func (h *house) surfer(name string) *surfer {
	h.t.Helper()
	return &surfer{Visitor: h.Visitor(), who: h.Person(name)}
}

// in signs a person in at an app of the provider.
func (h *house) in(name, home string) *surfer {
	h.t.Helper()
	s := h.surfer(name)
	p := s.SignIn(s.Get(home), s.who, h.Clock)
	if p.Status != http.StatusOK || !strings.HasPrefix(p.At, home) {
		h.t.Fatalf("%s is not in: %d %s (%s)", name, p.Status, p.At, p.Step)
	}
	return s
}
