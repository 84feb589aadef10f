package directory

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// CheckPractice reports what CreatePractice would find wrong with the practice itself: idp.CodeInvalid with the field. It looks
// at nothing that is stored but what it is given: a name that the practice has already is fine.
func (s *Practices) CheckPractice(caller Caller, n NewPractice, stored idp.Practice) error {
	return s.checkNew(n.withDefaults(), caller, stored.PracticeDetails)
}

// CheckClient does the same for RegisterClient.
func (s *Clients) CheckClient(n NewClient, stored idp.Client, now time.Time) error {
	if isOwnApp(n.ID) {
		return idp.Invalid("client_id", "this app is part of APS ID, which keeps it itself")
	}
	n = n.withDefaults()
	return idp.AllInvalid(s.check(n, stored.Registration), n.checkSecret(now))
}

// CheckPerson does the same for InviteUser, for a person who is to belong to this practice.
func (s *People) CheckPerson(practice idp.Practice, n Invitation, stored idp.User) error {
	if _, err := checkPerson(n.Username, n.Name, stored); err != nil {
		return err
	}
	return firstOf(checkRoles(practice, n.Roles), checkBlocked(practice, nil, n.BlockedApps))
}
