package manage

import (
	"context"

	"github.com/apscloud/apsid/internal/idp"
)

// appName returns the name of an app; for one that is gone, its identifier.
func (s *Surface) appName(ctx context.Context, id idp.ClientID) (string, error) {
	names, err := s.Trail.AppNames(ctx, []idp.ClientID{id})
	return names[id], err
}

// peopleNames reads the names of people of the practice. The answer leaves out people of other practices.
func (s *Surface) peopleNames(ctx context.Context, practice idp.PracticeID, ids []idp.UserID) (map[idp.UserID]string, error) {
	return s.Trail.PeopleNames(ctx, practice, ids)
}
